"""Knowledge: minimal citable items, searched by bigrams; public, for the grass roots, or for the hotline alone."""
