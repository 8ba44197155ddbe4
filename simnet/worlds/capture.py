"""Capture of one interface: a ring shared with the kernel, nanosecond stamps, and a count of what was lost.

Source: packet(7), Documentation/networking/packet_mmap.rst (TPACKET_V3).  The ring needs no privilege beyond
CAP_NET_RAW in the interface's namespace, is not bound by net.core.rmem_max, and is read without system calls.
`open_capture` is for a process inside the namespace; whoever is handed the descriptor reads it with `Capture`.
"""

from __future__ import annotations

import mmap
import socket
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from simnet.units import MILLISECOND, SECOND

RETIRE: Final = 32 * MILLISECOND
"""A packet can be read at the latest so long after it was seen (and a kernel tick)."""

BLOCK: Final = 1 << 18
"""Bytes; more than the largest packet on `lo`."""

_SOL_PACKET: Final = 263
_PACKET_RX_RING: Final = 5
_PACKET_STATISTICS: Final = 6
_PACKET_VERSION: Final = 10
_PACKET_IGNORE_OUTGOING: Final = 23
_TPACKET_V3: Final = 2
_ETH_P_ALL: Final = 3
_SLOT: Final = 1 << 11

_READY: Final = 1
_CHECKSUM_NOT_READY: Final = 0x08
_HAS_TAG: Final = 0x10
_HAS_TAG_TYPE: Final = 0x40
_OUTGOING: Final = 4
_VLAN: Final = 0x8100

_BLOCK_HEAD: Final = struct.Struct("=II")  # status, packets; at offset 8 of a block
_FIRST_PACKET: Final = struct.Struct("=I")  # at offset 16
_PACKET_HEAD: Final = struct.Struct("=IIIIIIHHIIH")
_PACKET_TYPE_AT: Final = 48 + 10  # in the address that follows the head


class Captured(NamedTuple):
    """A packet as the kernel showed it.

    `time`: nanoseconds since 1970.  `length`: bytes on the wire, of which `data` was kept.  `is_partial`: its
    checksum was left to the network card.
    """

    time: int
    port: int
    is_outgoing: bool
    data: bytes
    length: int
    is_partial: bool


def open_capture(interface: str, blocks: int) -> socket.socket:
    """Begin to capture `interface` of this thread's namespace in a ring of `blocks` blocks.

    On `lo`, where the kernel shows every packet going out and coming in, only the latter is kept.
    """
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        sock.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
        size = blocks * BLOCK
        ring = struct.pack("=IIIIIII", BLOCK, blocks, _SLOT, size // _SLOT, RETIRE // MILLISECOND, 0, 0)
        sock.setsockopt(_SOL_PACKET, _PACKET_RX_RING, ring)
        if interface == "lo":
            sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        sock.bind((interface, _ETH_P_ALL))
    except BaseException:
        sock.close()
        raise
    return sock


class Capture:
    """Reads the ring behind the descriptor `fd`, which it owns from now on.

    `port` marks its packets.  `seen` and `lost`: packets read so far, and those that found the ring full.
    """

    def __init__(self, fd: int, port: int, blocks: int) -> None:
        self.port: Final = port
        self.seen = 0
        self.lost = 0
        self._there = 0
        self._socket: Final = socket.socket(fileno=fd)
        self._ring: Final = mmap.mmap(fd, blocks * BLOCK, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self._blocks: Final = blocks
        self._next = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> Iterator[Captured]:
        """The packets that have come; does not wait."""
        while True:
            start = self._next * BLOCK
            status, count = _BLOCK_HEAD.unpack_from(self._ring, start + 8)
            if not status & _READY:
                return
            yield from self._packets(start, count)
            struct.pack_into("=I", self._ring, start + 8, 0)  # the kernel's again
            self._next = (self._next + 1) % self._blocks

    def _packets(self, start: int, count: int) -> Iterator[Captured]:
        ring = self._ring
        at = start + _FIRST_PACKET.unpack_from(ring, start + 16)[0]
        for _ in range(count):
            to_next, seconds, ns, kept, length, status, mac_at, _, _, tag, tag_type = _PACKET_HEAD.unpack_from(ring, at)
            data = ring[at + mac_at : at + mac_at + kept]
            if status & _HAS_TAG:
                kind = tag_type if status & _HAS_TAG_TYPE else _VLAN
                data = data[:12] + struct.pack("!HH", kind, tag & 0xFFFF) + data[12:]
                length += 4
            self.seen += 1
            yield Captured(
                seconds * SECOND + ns,
                self.port,
                ring[at + _PACKET_TYPE_AT] == _OUTGOING,
                data,
                length,
                bool(status & _CHECKSUM_NOT_READY),
            )
            at += to_next

    def is_behind(self) -> bool:
        """Has the kernel seen packets that `read` has not given yet?  Brings `lost` up to date."""
        packets, lost, _ = struct.unpack("=III", self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 12))
        self._there += packets
        self.lost += lost
        return self.seen + self.lost < self._there

    def close(self) -> None:
        self._ring.close()
        self._socket.close()
