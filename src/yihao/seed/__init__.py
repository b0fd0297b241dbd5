"""Seed: millions of plausible orders with their whole history, for benchmarks and demonstrations.

Lives are played by the rules themselves (`lives`), each becomes a stencil (`stencil`) that is written out many times
under numbers, callers, seals and chains of its own (`fill`). So `yihao verify` finds nothing amiss.
"""
