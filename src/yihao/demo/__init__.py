"""The demonstration: plainly fictitious units, accounts, catalogue and knowledge on the map of a real place."""
