"""The calls of `apps.protocol` on sockets of the real kernel; a failed call is `Failed` with its errno's name.

Programs see descriptors numbered from 3, the lowest free one first, as if they were alone in their process.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from simnet.apps.protocol import Failed
from simnet.stack.linux_errno import NAMES
from simnet.wire.addresses import ip_text
from simnet.worlds.real_host import Place, RealHost
from simnet.worlds.socket_calls import OPTIONS

_FIRST_DESCRIPTOR: Final = 3
_IP_BIND_ADDRESS_NO_PORT: Final = 24
_ON: Final = 1
_LINGER_SIZE = struct.calcsize("ii")
_NO_PLACE: Final = (0, 0)
_HOW: Final = {"read": socket.SHUT_RD, "write": socket.SHUT_WR, "both": socket.SHUT_RDWR}


class _Open:
    """An open socket; `has_place`: it has an address and port, which the host knows of."""

    __slots__ = ("socket", "kind", "has_place")

    def __init__(self, sock: socket.socket, kind: str, has_place: bool) -> None:
        self.socket = sock
        self.kind = kind
        self.has_place = has_place


class RealSockets:
    """Makes one program's calls on `host`; `pid` is what getpid() answers."""

    def __init__(self, host: RealHost, pid: int) -> None:
        self._host: Final = host
        self._pid: Final = pid
        self._open: Final[dict[int, _Open]] = {}
        self._calls: Final[dict[str, Callable[..., Any]]] = {
            "socket": self._socket, "bind": self._bind, "listen": self._listen, "connect": self._connect,
            "connect_result": self._connect_result, "accept": self._accept, "send": self._send,
            "sendto": self._sendto, "recv": self._recv, "recvfrom": self._recvfrom, "setsockopt": self._setsockopt,
            "shutdown": self._shutdown, "close": self._close, "getpid": self._getpid,
        }  # fmt: skip

    def make(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """Make the call; raises `Failed`."""
        try:
            return self._calls[name](*arguments)
        except OSError as error:
            raise failed(error.errno) from None
        except OverflowError:
            raise Failed("EINVAL") from None

    def real(self, fd: int) -> socket.socket:
        """The socket behind the program's descriptor `fd`."""
        return self._find(fd).socket

    def close_all(self) -> None:
        """What the kernel does when a program ends."""
        for fd in sorted(self._open):
            self._open.pop(fd).socket.close()

    def _find(self, fd: int) -> _Open:
        if fd not in self._open:
            raise Failed("EBADF")
        return self._open[fd]

    def _add(self, sock: socket.socket, kind: str, has_place: bool) -> int:
        fd = next(number for number in range(_FIRST_DESCRIPTOR, 1 << 30) if number not in self._open)
        self._open[fd] = _Open(sock, kind, has_place)
        return fd

    def _socket(self, kind: str) -> int:
        return self._add(self._host.open(kind), kind, False)

    def _bind(self, fd: int, address: int, port: int) -> None:
        found = self._find(fd)
        found.socket.bind(_for_python(self._host.to_bind(found.kind, (address, port))))
        self._tell_place(found, (address, port))

    def _bind_source(self, found: _Open) -> None:
        """Give a socket its host's address before it speaks for the first time."""
        source = self._host.source(found.kind)
        if source is not None:
            if source[1] == 0 and found.kind == "tcp":
                found.socket.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, _ON)
            found.socket.bind(_for_python(source))

    def _tell_place(self, found: _Open, wanted: Place) -> None:
        """Let the host know under which address and port the socket is reached."""
        self._host.bound(found.kind, wanted, _from_python(found.socket.getsockname()))
        found.has_place = True

    def _listen(self, fd: int, backlog: int) -> None:
        self._find(fd).socket.listen(backlog)

    def _connect(self, fd: int, address: int, port: int) -> None:
        found = self._find(fd)
        if not found.has_place:
            self._bind_source(found)
        number = found.socket.connect_ex(_for_python(self._host.to_reach(found.kind, (address, port))))
        if not found.has_place:
            self._tell_place(found, _NO_PLACE)
        if number:
            raise failed(number)

    def _connect_result(self, fd: int) -> None:
        number = self._find(fd).socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise failed(number)

    def _accept(self, fd: int) -> tuple[int, int, int]:
        made, peer = self._find(fd).socket.accept()
        made.setblocking(False)
        address, port = self._host.known_as("tcp", _from_python(peer))
        return self._add(made, "tcp", True), address, port

    def _send(self, fd: int, data: bytes) -> int:
        return self._find(fd).socket.send(data, socket.MSG_NOSIGNAL)

    def _sendto(self, fd: int, data: bytes, address: int, port: int) -> int:
        found = self._find(fd)
        if not found.has_place:
            self._bind_source(found)
        count = found.socket.sendto(data, _for_python(self._host.to_reach(found.kind, (address, port))))
        if not found.has_place:
            self._tell_place(found, _NO_PLACE)
        return count

    def _recv(self, fd: int, count: int) -> bytes:
        return self._find(fd).socket.recv(count)

    def _recvfrom(self, fd: int, count: int) -> tuple[bytes, int, int]:
        found = self._find(fd)
        data, peer = found.socket.recvfrom(count)
        if not peer:
            return data, 0, 0  # a connected stream
        address, port = self._host.known_as(found.kind, _from_python(peer))
        return data, address, port

    def _setsockopt(self, fd: int, name: str, value: int) -> None:
        found = self._find(fd)
        if name not in OPTIONS:
            raise Failed("EINVAL")
        level, number, unit = OPTIONS[name]
        if name == "linger":
            found.socket.setsockopt(level, number, struct.pack("ii", _ON, value // unit))
        else:
            found.socket.setsockopt(level, number, value // unit)

    def _shutdown(self, fd: int, how: str) -> None:
        self._find(fd).socket.shutdown(_HOW[how])

    def _close(self, fd: int) -> None:
        self.give_up(fd).close()

    def lingers(self, fd: int) -> bool:
        """May close() block, for SO_LINGER?"""
        found = self._open.get(fd)
        if found is None or found.socket.type != socket.SOCK_STREAM:
            return False
        is_on, seconds = struct.unpack("ii", found.socket.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_SIZE))
        return bool(is_on and seconds)

    def give_up(self, fd: int) -> socket.socket:
        """Forget the descriptor; whoever gets the socket closes it."""
        self._find(fd)
        return self._open.pop(fd).socket

    def _getpid(self) -> int:
        return self._pid


def failed(number: int | None) -> Failed:
    """The failure with the errno `number`."""
    number = number or errno.EIO
    return Failed(NAMES.get(number) or errno.errorcode.get(number) or os.strerror(number))


def _for_python(place: Place) -> tuple[str, int]:
    return ip_text(place[0]), place[1]


def _from_python(place: tuple[str, int]) -> Place:
    return int.from_bytes(socket.inet_aton(place[0]), "big"), place[1]
