"""Yihao (一号): an open platform for 12345 government-service hotlines."""
