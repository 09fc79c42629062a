"""A synthetic organisation, served as a provider's admin API does: what tests, demo and benchmarks scan."""
