"""Indicators: what each order counts for, kept as roll-ups by day from the feed of changes."""
