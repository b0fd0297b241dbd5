"""The staff console as a browser gets it: what ``tools/console.sh`` has built from ``console/``."""
