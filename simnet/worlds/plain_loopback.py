"""The loopback world where private namespaces are refused: this machine's own 127.0.0.1, with mapped ports.

Every address and port of the scenario has a port of 127.0.0.1 that the kernel chose; programs are told their own
addresses.  Captured if that is allowed, else a trace of socket calls.
Does not model: ping (there is one address for all), MTU 1500 (`lo` keeps its own).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from simnet.checks.verdict import Verdict
from simnet.errors import SimnetError
from simnet.scenario import values
from simnet.scenario.step_values import Ping
from simnet.scenario.values import Scenario
from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.wire import ethernet
from simnet.wire.captured import finish_checksum
from simnet.wire.icmp import Icmp, is_error
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.payload import Payload
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp
from simnet.worlds.capture import Captured, open_capture
from simnet.worlds.child import Channel
from simnet.worlds.lo_limits import all_steps
from simnet.worlds.loopback import RING_BLOCKS
from simnet.worlds.namespaces import Namespace
from simnet.worlds.performance import Stage
from simnet.worlds.real_host import Place, RealHost

_LOCALHOST: Final = 0x7F00_0001
_LOCAL_NETWORK: Final = 127
_NEVER: Final = 1 << 62
_PROTOCOL_AT: Final = 9
_SHORTEST_QUOTE: Final = 28

Tell = Callable[[str, int, str], None]
"""Is told that (kind, port) of 127.0.0.1 is now that of a port of the scenario, "client:eth0"."""


class PortMap:
    """Which port of 127.0.0.1 stands for which place of the scenario; `nobody` is one where nobody answers."""

    def __init__(self) -> None:
        self.tell: Tell = _nobody_listens
        self._real: Final[dict[tuple[str, Place], int]] = {}
        self._known: Final[dict[tuple[str, int], Place]] = {}
        self._closed: Final = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._closed.bind(("127.0.0.1", 0))
        self.nobody: Final[int] = self._closed.getsockname()[1]

    def add(self, kind: str, place: Place, real: int, port: str) -> None:
        """`place` is reached at `real`; it is the host's `port`."""
        self._real[kind, place] = real
        self._known[kind, real] = place
        self.tell(kind, real, port)

    def real(self, kind: str, place: Place) -> int:
        """Where `place` is reached."""
        return self._real.get((kind, place), self.nobody)

    def known(self, kind: str, real: int) -> Place:
        """Whose port `real` is."""
        return self._known.get((kind, real), (_LOCALHOST, real))


class PlainHost(RealHost):
    """A host whose places are ports of 127.0.0.1."""

    def __init__(self, host: values.Host, ports: PortMap) -> None:
        super().__init__(host.name, None)
        self._ports: Final = ports
        self._names: Final = {
            each.address: f"{host.name}:{each.name}" for each in host.interfaces if each.address is not None
        }
        self._own: Final = next(iter(self._names), _LOCALHOST)

    def source(self, kind: str) -> Place | None:
        return _LOCALHOST, 0

    def to_bind(self, kind: str, place: Place) -> Place:
        return _LOCALHOST, 0

    def bound(self, kind: str, wanted: Place, real: Place) -> None:
        address, port = wanted
        named = {address: self._names[address]} if address in self._names else self._names
        for each, name in reversed(named.items()):
            self._ports.add(kind, (each, port or real[1]), real[1], name)

    def to_reach(self, kind: str, place: Place) -> Place:
        is_me = place[0] >> 24 == _LOCAL_NETWORK
        return _LOCALHOST, self._ports.real(kind, (self._own, place[1]) if is_me else place)

    def known_as(self, kind: str, real: Place) -> Place:
        return self._ports.known(kind, real[1])


class PlainStage(Stage):
    """Set up in the child; `refusal` says why there are no namespaces."""

    def __init__(self, scenario: Scenario, refusal: str) -> None:
        if any(isinstance(step, Ping) for program in scenario.programs for step in all_steps(program.steps)):
            raise SimnetError(f"{scenario.name} pings, which needs addresses of its own, but {refusal}")
        self._ports: Final = PortMap()
        self._hosts: Final = {host.name: PlainHost(host, self._ports) for host in scenario.hosts}
        self.watched: Sequence[Namespace] = ()
        self.descriptors: Sequence[int] = ()
        self.settle = 0
        self.captures: Sequence[tuple[str, socket.socket, int]] = ()
        remarks = [f"the ports are those of this machine's own 127.0.0.1, for {refusal}"]
        try:
            self.captures = [("lo", open_capture("lo", RING_BLOCKS), RING_BLOCKS)]
        except OSError as error:
            remarks.append(
                f"only socket calls were recorded, for this machine refuses to capture ({error.strerror}); "
                "run as root to see the packets"
            )
        self.remarks: Sequence[str] = remarks

    def host(self, name: str) -> RealHost:
        return self._hosts[name]

    def begin(self, channel: Channel, started_at: int) -> None:
        self._ports.tell = lambda kind, real, port: channel.send("mapped", 0, kind, real, port)

    def happen(self, now: int) -> None:
        """Nothing is ever due."""

    def next_due(self) -> int:
        return _NEVER

    def end(self) -> None:
        """Nothing is left to tell."""


class PlainReader:
    """Picks our programs' packets from all that is on this machine's `lo`."""

    def __init__(self) -> None:
        self._ports: Final[dict[tuple[str, int], str]] = {}
        self.remarks: Sequence[str] = ()
        self.late = 0
        self._count = 0

    def begin(self, captures: Sequence[str]) -> None:
        """There is one capture."""

    def captured(self, packet: Captured, now: int) -> Iterator[Event]:
        """Sent and arrived at once; nothing of other people's packets."""
        frame = ethernet.parse(finish_checksum(packet.data) if packet.is_partial else packet.data)
        ends = self._ends(frame.payload)
        if ends is None:
            return
        self._count += 1
        frame.id = self._count
        yield FrameSent(now, ends[0], frame, now)
        yield FrameArrived(now, ends[1], frame)

    def reported(self, what: str, now: int, details: Sequence[Any]) -> Iterator[Event]:
        """A place of the scenario has found its port."""
        if what == "mapped":
            kind, real, port = details
            self._ports[kind, real] = port
        yield from ()

    def conditions(self, end: int) -> list[Verdict]:
        """There is nothing but programs that could go wrong."""
        return []

    def _ends(self, packet: Payload) -> tuple[str, str] | None:
        places = _places(packet.payload) if isinstance(packet, Ipv4) else None
        if places is None:
            return None
        kind, source, target = places
        if (kind, source) not in self._ports and (kind, target) not in self._ports:
            return None
        return self._ports.get((kind, source), "lo:lo"), self._ports.get((kind, target), "lo:lo")


def _places(message: Payload) -> tuple[str, int, int] | None:
    """The kind of a message, its sender's port and its receiver's; of an ICMP error those of what it quotes."""
    if isinstance(message, Tcp):
        return "tcp", message.src_port, message.dst_port
    if isinstance(message, Udp):
        return "udp", message.src_port, message.dst_port
    if isinstance(message, Icmp) and is_error(message.type) and len(message.data) >= _SHORTEST_QUOTE:
        kind = "tcp" if message.data[_PROTOCOL_AT] == TCP else "udp"
        source, target = struct.unpack_from("!HH", message.data, (message.data[0] & 15) * 4)
        return kind, target, source
    return None


def _nobody_listens(kind: str, real: int, port: str) -> None:
    """Until the run begins there is nothing to tell."""
