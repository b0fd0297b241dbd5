"""The benchmarks: what the product does in a second, each figure beside its limit in the same run (``make bench``)."""
