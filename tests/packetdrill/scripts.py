"""Beginnings that the scripts of these tests share."""

from __future__ import annotations

LISTENER = """
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
"""
HANDSHAKE = """
  +.1 < S 0:0(0) win 32792 <mss 1000,nop,wscale 7>
   +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 257
"""
CONNECTION = f"""
{LISTENER}
{HANDSHAKE}
   +0 accept(3, ..., ...) = 4
"""
