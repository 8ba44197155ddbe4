"""The host under test in virtual time: a stack behind a tun interface, and what it has sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simnet.engine.randomness import stream
from simnet.engine.scheduler import Work
from simnet.stack.alarms import NEVER
from simnet.stack.host_stack import HostStack
from simnet.stack.interfaces import Interface, Kind
from simnet.stack.profile import Profile
from simnet.testing.packetdrill.problems import InvalidScript
from simnet.units import SECOND
from simnet.wire.addresses import NO_MAC, Prefix
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import Ipv4

_BEGINNING: Final = 1000 * SECOND
_PATIENCE: Final = 200_000
"""Alarms within one wait after which a script is taken for a storm."""


def _nothing() -> None:
    """Until somebody wants to know."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet and when it left, in ns since the script began."""

    time: int
    packet: Ipv4


class Machine:
    """`on_step` is called after everything that happens to the stack, and at `wake_at`; `files`: sizes by name."""

    __slots__ = ("profile", "stack", "sent", "files", "on_step", "wake_at", "_interface", "_clock", "_frames")

    def __init__(self, profile: Profile, local: int, remote: int, mtu: int) -> None:
        self.profile: Final = profile
        self.stack: Final = HostStack("host", 1, profile, stream(0, "packetdrill").randrange, Work())
        self.sent: Final[deque[Sent]] = deque()
        self.files: Final[dict[str, int]] = {}
        self.on_step: Callable[[], None] = _nothing
        self.wake_at = NEVER
        self._clock = _BEGINNING
        self._frames = 0
        self._interface: Final[Interface] = self.stack.add_interface("tun0", NO_MAC, mtu, self._transmitted, Kind.TUN)
        self.stack.add_address(self._interface, local, Prefix(local, 16))
        self.stack.add_route(Prefix(remote, 24), self._interface, local)

    @property
    def now(self) -> int:
        """ns since the script began."""
        return self._clock - _BEGINNING

    @property
    def clock(self) -> int:
        """The stack's own time."""
        return self._clock

    def set_mtu(self, mtu: int) -> None:
        """As `ip link set dev tun0 mtu`."""
        self._interface.mtu = mtu
        self.stack.ip.forget_hops()

    def inject(self, packet: Ipv4) -> None:
        """`packet` arrives now."""
        self._frames += 1
        self.stack.receive(self._interface, Frame(NO_MAC, NO_MAC, ETHERTYPE_IPV4, packet, self._frames), self._clock)
        self.on_step()

    def run_until(self, time: int) -> None:
        """Let time pass; what is due at `time` itself happens too."""
        self._advance(time, _never)

    def run_until_true(self, condition: Callable[[], bool], time: int) -> bool:
        """Let time pass until `condition()`, at most until `time`; does it hold?"""
        return self._advance(time, condition)

    def _advance(self, time: int, condition: Callable[[], bool]) -> bool:
        limit = max(time + _BEGINNING, self._clock)
        for _ in range(_PATIENCE):
            if condition():
                return True
            due = min(self.stack.next_deadline(), self.wake_at + _BEGINNING)
            if due > limit or due >= NEVER:
                self._clock = limit if limit < NEVER else self._clock
                return condition()
            self._clock = max(due, self._clock)
            self.stack.deadlines_passed(self._clock)
            self.on_step()
        raise InvalidScript(f"the host's alarms do not come to rest at {self.now / SECOND:.6f} s")

    def _transmitted(self, frame: Frame) -> None:
        if isinstance(frame.payload, Ipv4):
            self.sent.append(Sent(self.now, frame.payload))


def _never() -> bool:
    return False
