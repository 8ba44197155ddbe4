"""Worlds: where a scenario runs.  Each takes a scenario and yields a trace.

`simulated` is simnet's own: reading order simulated, programs, socket_calls, describe.
"""
