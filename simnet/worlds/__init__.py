"""Worlds: where a scenario runs.  Each takes a scenario and yields a trace.

`simulated` is simnet's own: reading order simulated, programs, socket_calls, describe.

`loopback` and `lab` are the real kernel's: reading order replay, real_world (the parent: recording, capture), then
what happens in its child: performance, loopback or lab, real_programs, real_sockets.  They stand on namespaces,
netlink, linux; cables with delay and faults are relay's.
"""
