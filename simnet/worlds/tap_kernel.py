"""The kernel's side of a joined port: its namespace, its interface, and the program there, all in a child.

Source: Documentation/networking/tuntap.rst, packet(7).  The far end of the interface is a file that gives and takes
Ethernet frames: a TAP device, or else a packet socket on the other end of a veth pair.

The messages to the parent: ("ready", way, why not TAP, remark) with the descriptor; when it says ("go",), the program
runs, then ("ended", exit code, packets that found no room on their way out).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from simnet.errors import MissingError
from simnet.wire.addresses import Prefix
from simnet.worlds import linux
from simnet.worlds.child import Channel
from simnet.worlds.namespaces import enter_private, new_namespace, write_sysctl
from simnet.worlds.netlink import CableEnd, Netlink
from simnet.worlds.packet_socket import drops, open_packet_socket, receive
from simnet.worlds.tap_command import run_command

TAP: Final = "tap"
VETH: Final = "veth"
WAYS: Final = (TAP, VETH)

_DEVICE: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TAP_WITHOUT_HEADER: Final = 0x1002
_SIOCSIFHWADDR: Final = 0x8924
_ARPHRD_ETHER: Final = 1
_LARGEST: Final = 1 << 17
_FULL: Final = (errno.ENOBUFS, errno.EAGAIN, errno.ENETDOWN, errno.EIO, errno.EMSGSIZE, errno.EINVAL)
_OFFLOADS: Final = ("tx", "rx", "sg", "tso", "gso", "gro")
_FAR_END: Final = "wire"
_TX_DROPPED: Final = 11  # the column in /proc/net/dev, counted from the first number
_ANY: Final = Prefix(0, 0)


class KernelInterface(Struct, frozen=True):
    """What the interface is to be like; `gateway` None: no default route."""

    name: str
    mac: int
    mtu: int
    address: int
    prefix: Prefix
    gateway: int | None


def live(
    channel: Channel, interface: KernelInterface, ways: Sequence[str], command: Sequence[str], names: str
) -> None:
    """The life of the child; `names` are lines for the program's /etc/hosts."""
    enter_private()
    write_sysctl("net.ipv4.ping_group_range", "0 0")  # so that ping needs no privilege
    way, fd, why_not = _open_one(interface, ways)
    with Netlink() as netlink:
        netlink.add_address(interface.name, interface.address, interface.prefix)
        netlink.set_up(interface.name)
        netlink.wait_until_running(interface.name)
        if interface.gateway is not None:
            netlink.add_route(_ANY, interface.name, interface.gateway)
    channel.send("ready", way, why_not)
    channel.receive()
    channel.send_descriptors([fd])
    os.close(fd)
    if channel.receive() is None:
        return
    code = run_command(command, names)
    channel.send("ended", code, _dropped(interface.name))


def _open_one(interface: KernelInterface, ways: Sequence[str]) -> tuple[str, int, str]:
    """Open the first of `ways` that is permitted: which, its descriptor, and why not TAP."""
    refusal = ""
    if TAP in ways:
        try:
            return TAP, _open_tap(interface), ""
        except OSError as error:
            refusal = f"{error.strerror} ({_DEVICE})"
    if VETH not in ways:
        raise MissingError(f"a TAP device is refused here: {refusal}; use the veth way, or: sudo chmod 666 {_DEVICE}")
    return VETH, _open_veth(interface), refusal


def _open_tap(interface: KernelInterface) -> int:
    import fcntl

    fd = os.open(_DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        name = interface.name.encode()
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name, _IFF_TAP_WITHOUT_HEADER))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            mac = interface.mac.to_bytes(6, "big")
            fcntl.ioctl(sock, _SIOCSIFHWADDR, struct.pack("16sH6s16x", name, _ARPHRD_ETHER, mac))
        with Netlink() as netlink:
            netlink.set_mtu(interface.name, interface.mtu)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _open_veth(interface: KernelInterface) -> int:
    """The far end is in a namespace of its own, where nothing answers by itself."""
    far = new_namespace("far")
    with Netlink() as netlink:
        end = CableEnd(_FAR_END, mtu=interface.mtu, namespace=far.fd)
        netlink.add_cable(CableEnd(interface.name, mac=interface.mac, mtu=interface.mtu), end)
    linux.switch_offloads_off(interface.name, *_OFFLOADS)
    with far.netlink() as netlink:
        linux.switch_offloads_off(_FAR_END, *_OFFLOADS)
        sock = open_packet_socket(_FAR_END)
        netlink.set_up(_FAR_END)
    far.close()
    return sock.detach()


def _dropped(interface: str) -> int:
    """Packets that the kernel could not hand over."""
    for line in Path("/proc/thread-self/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == interface:
            return int(numbers.split()[_TX_DROPPED])
    return 0


class FrameFile:
    """The far end in the parent: `fd` gives the frames that the kernel sends and takes those it is to receive."""

    def __init__(self, fd: int, way: str) -> None:
        self.fd: Final = fd
        self._socket: Final = None if way == TAP else socket.socket(fileno=os.dup(fd))

    def read(self) -> bytes | None:
        """The next frame; None if there is none now."""
        if self._socket is not None:
            came = receive(self._socket)
            return None if came is None else came[1]
        try:
            return os.read(self.fd, _LARGEST)
        except OSError as error:
            if error.errno in _FULL:
                return None
            raise

    def write(self, frame: bytes) -> bool:
        """Hand `frame` to the kernel; False if it has no room for it."""
        try:
            os.write(self.fd, frame)
        except OSError as error:
            if error.errno in _FULL:
                return False
            raise
        return True

    def lost(self) -> int:
        """Frames that found the packet socket full; a TAP device counts them at the interface."""
        return 0 if self._socket is None else drops(self._socket)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        os.close(self.fd)
