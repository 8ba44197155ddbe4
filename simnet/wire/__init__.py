"""Bytes to values and back.  Pure: no time, no sockets, no devices.

Values: `payload` (what a layer carries), `frame`, `arp`, `llc`, `ipv4`, `icmp`, `udp`, `tcp`, `tcp_options`;
`addresses` are ints.  Each header's file has `parse` and `pack`; whole frames enter and leave by `ethernet`, and for
any bytes b, `pack(parse(b)) == b`.  `checksum` serves them all; `captured` makes frames of foreign captures whole.
For people: `summary` is a frame in one line; `dissect` names every bit of any bytes, with `layout` (where fields lie),
`names` (what numbers mean), `layers` and `option_fields` (how they become text).
Imports nothing of simnet but itself.
"""
