"""Units: the tree of jurisdictions, organisations and officers, the dispatch catalogue, a place's calendar years."""
