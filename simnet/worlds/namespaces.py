"""Network namespaces of simnet's own, without root and without names: nothing of them outlives the processes.

Source: user_namespaces(7), network_namespaces(7).  A namespace is held by file descriptors alone, so when the last
process that has one ends, by kill -9 as well, the kernel takes interfaces, routes and captures away with it.
`enter_private` changes the process for good: call it in a forked child (`simnet.worlds.child`), whose single thread
may make user namespaces.
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from simnet.errors import MissingError, SimnetError
from simnet.wire.addresses import Prefix
from simnet.worlds import linux
from simnet.worlds.netlink import Netlink

_OWN: Final = "/proc/thread-self/ns/net"
_SYSTEM_FOLDERS: Final = ("/usr/sbin", "/sbin")
_PACKAGES: Final = {"nft": "nftables"}


class NamespacesRefused(MissingError):
    """This machine lets us have no namespaces; the text says why and what would change it."""


class Namespace:
    """A network namespace, held by the descriptor `fd`.  `name` is for error messages alone."""

    def __init__(self, fd: int, name: str) -> None:
        self.fd: Final = fd
        self.name: Final = name

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is in the namespace meanwhile."""
        before = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)
        try:
            linux.setns(self.fd, linux.CLONE_NEWNET)
            try:
                yield
            finally:
                linux.setns(before, linux.CLONE_NEWNET)
        finally:
            os.close(before)

    @contextmanager
    def netlink(self) -> Iterator[Netlink]:
        """A conversation about its interfaces; this thread is in the namespace meanwhile."""
        with self.entered(), Netlink() as netlink:
            yield netlink

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket that belongs to this namespace, whoever uses it."""
        with self.entered():
            return socket.socket(family, kind, protocol)

    def sysctl(self, name: str, value: str) -> None:
        """Set a tunable of this namespace, such as "net.ipv4.ip_forward"; one the kernel has not is passed over."""
        with self.entered():
            write_sysctl(name, value)

    def nft(self, rules: str) -> None:
        """Load nftables rules."""
        with self.entered():
            run_program("nft", "-f", "-", stdin=rules)

    def close(self) -> None:
        os.close(self.fd)


def enter_private() -> None:
    """This process becomes root of a user and a network namespace of its own, with `lo` up.

    Raises `NamespacesRefused`.  It must have a single thread, and never comes back.
    """
    parent = os.getppid()
    try:
        _unshare()
        linux.die_with_parent(parent)
        with Netlink() as netlink:
            netlink.set_up("lo")
    except OSError as error:
        raise NamespacesRefused(why_refused(error, _setting)) from None
    write_sysctl("net.ipv6.conf.all.disable_ipv6", "1")


def _unshare() -> None:
    user, group = os.geteuid(), os.getegid()
    linux.become_dumpable()
    try:
        linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWNET)
    except OSError:
        if user != 0:
            raise
        linux.unshare(linux.CLONE_NEWNET)  # root may have this even where nobody may have the other
        return
    for file, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        Path("/proc/self", file).write_text(text)


def own_namespace(name: str = "here") -> Namespace:
    """The namespace this thread is in."""
    return Namespace(os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC), name)


def new_namespace(name: str) -> Namespace:
    """Another, empty namespace in which `lo` is up and IPv6 is off; this thread stays where it is."""
    here = own_namespace()
    try:
        linux.unshare(linux.CLONE_NEWNET)
        made = own_namespace(name)
        linux.setns(here.fd, linux.CLONE_NEWNET)
    finally:
        here.close()
    for which in ("all", "default"):
        made.sysctl(f"net.ipv6.conf.{which}.disable_ipv6", "1")
    with made.netlink() as netlink:
        netlink.set_up("lo")
    return made


def write_sysctl(name: str, value: str) -> None:
    """Set a tunable of the namespace this thread is in; one that the kernel does not have is passed over."""
    path = Path("/proc/sys", *name.split("."))
    try:
        path.write_text(value)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise SimnetError(f"the kernel does not accept {value} for {name}; choose another value") from None
        way_out = "mount /proc/sys writable (docker run --security-opt systempaths=unconfined)"
        raise MissingError(f"{path} cannot be written ({error.strerror}); {way_out}") from None


def run_program(name: str, *arguments: str, stdin: str = "") -> str:
    """What the program `name` prints; `MissingError` if this machine does not have it."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep) + list(_SYSTEM_FOLDERS)
    environment = os.environ | {"PATH": os.pathsep.join(folders), "LC_ALL": "C"}
    found = next((f"{folder}/{name}" for folder in folders if os.access(f"{folder}/{name}", os.X_OK)), None)
    if found is None:
        raise MissingError(f"the program {name} is needed and not installed; install it: apt install {_PACKAGES[name]}")
    ended = subprocess.run([found, *arguments], input=stdin, capture_output=True, text=True, env=environment)
    if ended.returncode:
        cause = (ended.stderr or ended.stdout).strip() or f"exit code {ended.returncode}"
        raise SimnetError(f"{' '.join([name, *arguments])} failed: {cause}")
    return ended.stdout



def loopback_with(addresses: list[int], mtu: int) -> None:
    """Let `lo` of this thread's namespace carry all of `addresses`, in pieces of at most `mtu` bytes."""
    with Netlink() as netlink:
        for address in addresses:
            netlink.add_address("lo", address, Prefix(address, 32))
        netlink.set_mtu("lo", mtu)
    linux.switch_offloads_off("lo", "tso", "gso", "gro")


def why_refused(error: OSError, setting: Callable[[str], str]) -> str:
    """Why the kernel refuses, as far as it tells, and the one command that would change it.

    `setting` gives the value of a file in /proc/sys, "" if there is none.
    """
    settings = (
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("user/max_user_namespaces", "0", "10000"),
    )
    for file, bad, good in settings:
        name = file.replace("/", ".")
        if setting(file) == bad:
            cause = f"this machine forbids private namespaces ({name} is {bad})"
            return f"{cause}; allow them: sudo sysctl -w {name}={good}"
    if error.errno == errno.EINVAL:
        return "this kernel was built without user namespaces; use another kernel"
    cause = f"the kernel forbids private namespaces here ({error.strerror or error})"
    return f"{cause}, probably a container; start it with: docker run --security-opt seccomp=unconfined"


def _setting(file: str) -> str:
    try:
        return Path("/proc/sys", file).read_text().strip()
    except OSError:
        return ""
