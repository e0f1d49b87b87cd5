"""Benchmarks: they record, they never fail on speed. `python -m bench` runs them all."""
