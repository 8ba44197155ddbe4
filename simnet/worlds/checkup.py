"""What works on this machine: each ability tried out, for real, in a child that leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import sys
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from simnet.engine import scheduler
from simnet.errors import SimnetError
from simnet.worlds.capture import Capture, open_capture
from simnet.worlds.child import Channel, Child
from simnet.worlds.namespaces import NamespacesRefused, enter_private, new_namespace, own_namespace
from simnet.worlds.netlink import CableEnd, Netlink

_TAP_DEVICE: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TAP_WITHOUT_HEADER: Final = 0x1002
_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_NFT_TRIAL: Final = "table ip simnet {\nchain post {\ntype nat hook postrouting priority srcnat;\nmasquerade\n}\n}\n"


class Finding(Struct, frozen=True):
    """One ability: whether it works, what it is for, and if it does not, why and the one command that changes that."""

    name: str
    works: bool
    serves: str
    why_not: str = ""
    way_out: str = ""


def examine() -> list[Finding]:
    """Try everything."""
    return [*_kernel_findings(), *_program_findings(), _compiled_core()]


def _kernel_findings() -> list[Finding]:
    """What real worlds need of the kernel; without namespaces the rest cannot be tried."""
    trials: list[tuple[str, str, Callable[[], None], str]] = [
        ("namespaces", "simnet replay", enter_private, ""),
        ("capture", "simnet replay", _try_capture, "use a kernel with CONFIG_PACKET"),
        ("cables", "simnet replay --on lab", _try_cables, "sudo modprobe veth bridge"),
        ("translation", "simnet replay --on lab, with gateways", _try_translation, "sudo apt install nftables"),
        ("tap", "simnet tap by a TAP device; a veth pair does as well", _try_tap, "sudo chmod 666 /dev/net/tun"),
    ]
    findings: list[Finding] = []
    for name, serves, trial, way_out in trials:
        if findings and not findings[0].works:
            findings.append(Finding(name, False, serves, "it needs namespaces", findings[0].way_out))
        else:
            findings.append(tried(name, serves, trial, way_out))
    return findings


def tried(name: str, serves: str, trial: Callable[[], None], way_out: str) -> Finding:
    if sys.platform != "linux":
        return Finding(name, False, serves, f"it needs Linux, this is {sys.platform}")
    why, way_out = _outcome(trial, way_out)
    return Finding(name, not why, serves, why, way_out if why else "")


def _outcome(trial: Callable[[], None], way_out: str) -> tuple[str, str]:
    """Why `trial` fails, if it does, and the way out."""

    def attempt(channel: Channel) -> None:
        try:
            trial()
        except NamespacesRefused as refusal:
            channel.send("refused", *str(refusal).split("; ", 1))
        except (SimnetError, OSError) as error:
            channel.send("failed", _words(error))
        else:
            channel.send("works")

    child = Child(attempt)
    try:
        message = child.channel.receive()
    finally:
        child.end()
    if message is None:
        return "the trial was killed", way_out
    if message[0] == "refused":
        return message[1], message[2].partition(": ")[2] or message[2]
    return ("" if message[0] == "works" else message[1]), way_out


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _try_capture() -> None:
    enter_private()
    Capture(open_capture("lo", 1).detach(), 0, 1).close()


def _try_cables() -> None:
    enter_private()
    far = new_namespace("far")
    with Netlink() as netlink:
        netlink.add_cable(CableEnd("a"), CableEnd("b", namespace=far.fd))
        netlink.add_bridge("c", 0)
        netlink.plug_into_bridge("a", "c")


def _try_translation() -> None:
    enter_private()
    own_namespace().nft(_NFT_TRIAL)


def _try_tap() -> None:
    import fcntl

    enter_private()
    with open(_TAP_DEVICE, "r+b", buffering=0) as device:
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", b"simnet0", _IFF_TAP_WITHOUT_HEADER))
    socket.if_nameindex()


def _program_findings() -> list[Finding]:
    chromium = any(shutil.which(name) for name in _CHROMIUM)
    tshark = shutil.which("tshark") is not None
    return [
        _program("tshark", tshark, "a second opinion on frames, in the tests", "sudo apt install tshark"),
        _program("wireshark", shutil.which("wireshark") is not None, "simnet run … --pcap - | wireshark -k -i -",
                 "sudo apt install wireshark"),
        _program("chromium", chromium, "how pictures look in a browser, in the tests", "sudo apt install chromium"),
    ]  # fmt: skip


def _program(name: str, is_there: bool, serves: str, way_out: str) -> Finding:
    return Finding(name, is_there, serves, "" if is_there else "it is not installed", "" if is_there else way_out)


def _compiled_core() -> Finding:
    serves = "simulations several times faster"
    if not str(scheduler.__file__).endswith(".py"):
        return Finding("compiled core", True, serves)
    way_out = "SIMNET_COMPILE=1 pip install --force-reinstall --no-deps SOURCE-FOLDER-OF-SIMNET"
    return Finding("compiled core", False, serves, "this copy runs as plain Python", way_out)


def machine() -> str:
    """Python and system in a few words."""
    system = os.uname() if hasattr(os, "uname") else None
    kernel = f"{system.sysname} {system.release}" if system is not None else sys.platform
    return f"Python {'.'.join(str(part) for part in sys.version_info[:3])}, {kernel}"


