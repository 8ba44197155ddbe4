"""A packet socket on the far end of a cable: frames as they came, with the time and the VLAN tag that the kernel noted.

Source: packet(7).  The kernel takes the tag of a received frame out of its bytes; `receive` puts it back.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import Final

from simnet.units import SECOND

_SOL_PACKET: Final = 263
_PACKET_STATISTICS: Final = 6
_PACKET_AUXDATA: Final = 8
_PACKET_IGNORE_OUTGOING: Final = 23
_SO_TIMESTAMPNS: Final = 35
_ETH_P_ALL: Final = 3
_LARGEST: Final = 1 << 17
_BUFFER: Final = 1 << 25

_STAMP: Final = struct.Struct("=qq")
_AUXDATA: Final = struct.Struct("=IIIHHHH")
_ROOM: Final = socket.CMSG_SPACE(_STAMP.size) + socket.CMSG_SPACE(_AUXDATA.size)
_HAS_TAG: Final = 0x10
_HAS_TAG_TYPE: Final = 0x40
_VLAN: Final = 0x8100
_ADDRESSES: Final = 12


def open_packet_socket(interface: str) -> socket.socket:
    """Receives what comes to `interface` of this thread's namespace, never what leaves it; does not block."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    sock.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.bind((interface, _ETH_P_ALL))
    sock.setblocking(False)
    return sock


def receive(sock: socket.socket) -> tuple[int, bytes] | None:
    """When the next frame came, in ns since 1970, and its bytes; None if there is none now, or no cable."""
    try:
        data, ancillary, _, _ = sock.recvmsg(_LARGEST, _ROOM)
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno == errno.ENETDOWN:
            return None
        raise
    stamp = 0
    for level, kind, content in ancillary:
        if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            data = _with_tag(data, content)
        elif level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, ns = _STAMP.unpack(content)
            stamp = seconds * SECOND + ns
    return stamp, data


def _with_tag(data: bytes, auxdata: bytes) -> bytes:
    status, _, _, _, _, tag, tag_type = _AUXDATA.unpack(auxdata)
    if not status & _HAS_TAG:
        return data
    kind = tag_type if status & _HAS_TAG_TYPE else _VLAN
    return data[:_ADDRESSES] + struct.pack("!HH", kind, tag) + data[_ADDRESSES:]


def drops(sock: socket.socket) -> int:
    """Frames that found the socket full since this was last asked."""
    lost: int = struct.unpack("=II", sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]
    return lost
