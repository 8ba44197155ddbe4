"""Random small scenarios, simulated and on this machine's kernel: the first true difference is a bug or a limit.

`python -m tests.worlds.differential --help`; docs/contributing.md says how to read what it finds.
"""
