"""What packets cost in memory, by which Linux bounds its queues (skb->truesize).

Source: __alloc_skb and kmalloc's sizes of Linux 6.18, measured with SO_MEMINFO for datagrams on lo and on veth.
Does not model: drivers that receive into pages, packets longer than 4 kB in one piece.
"""

from __future__ import annotations

from typing import Final

_HEAD: Final = 256  # struct sk_buff
_SMALL: Final = 576  # the smallest piece of memory for data
_SHARED: Final = 320  # struct skb_shared_info at its end
_ROOM: Final = 31  # for the Ethernet header, aligned
_IP_HEADER: Final = 20
_UDP_HEADER: Final = 8
_PIECE: Final = 1480  # of a datagram that was cut for Ethernet


def charge_of_packet(length: int) -> int:
    """For an IP packet of `length` bytes."""
    needed = length + _ROOM + _SHARED
    size = _SMALL
    if needed > size:
        size = 1024
        while needed > size:
            size *= 2
    return _HEAD + size


def charge_of_datagram(length: int) -> int:
    """For a UDP datagram with `length` bytes of data, as it waits to be read; large ones came in fragments."""
    rest = length + _UDP_HEADER
    charge = 0
    while rest > _PIECE:
        charge += charge_of_packet(_PIECE + _IP_HEADER)
        rest -= _PIECE
    return charge + charge_of_packet(rest + _IP_HEADER)
