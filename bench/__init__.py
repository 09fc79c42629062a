"""Benchmarks: how long a scan takes, as a multiple of a floor that is measured in the same run."""
