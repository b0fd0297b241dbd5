"""Replay: real messages of the past go through the whole loop again, on a simulated clock and a scratch database."""
