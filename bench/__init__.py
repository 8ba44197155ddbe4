"""How fast simnet is, measured beside others in one run.  See docs/benchmarks.md; begin with `python -m bench.w1`."""
