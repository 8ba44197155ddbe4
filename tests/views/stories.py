"""Traces told by hand: frames that walk along named paths, so that views are tested without simulator or stack."""

from __future__ import annotations

from collections.abc import Iterator

from simnet import reasons
from simnet.trace.events import (
    Event,
    FrameArrived,
    FrameDiscarded,
    FrameDropped,
    FrameDuplicated,
    FrameSent,
    LinkChanged,
    StateChanged,
)
from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.units import MICROSECOND, MILLISECOND
from simnet.wire import arp, tcp
from simnet.wire.addresses import BROADCAST_MAC, parse_ip
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.payload import Payload
from simnet.wire.tcp import Tcp


def network(devices: dict[str, Kind], links: list[str], delays: dict[str, int] | None = None) -> NetworkMap:
    """A map from lines like "client:eth0 192.168.1.10/24 -- s1:p1"; addresses stand behind their port."""
    ports: dict[str, dict[str, PortEntry]] = {name: {} for name in devices}
    cables: list[LinkEntry] = []
    for line in links:
        ends = []
        for number, side in enumerate(line.split(" -- ")):
            port, *addresses = side.split()
            name = port.partition(":")[0]
            mac = "" if devices[name] in (Kind.SWITCH, Kind.HUB) else f"02:00:00:00:{len(cables):02x}:{number:02x}"
            ports[name][port] = PortEntry(port, mac, tuple(addresses))
            ends.append(port)
        cables.append(LinkEntry(ends[0], ends[1], 1_000_000_000, (delays or {}).get(line, MICROSECOND)))
    entries = tuple(DeviceEntry(name, kind, tuple(ports[name].values())) for name, kind in devices.items())
    return NetworkMap(entries, tuple(cables))


class Story:
    """A trace in the making; `frames` walk along `path`, one link after the other, without a pause in the devices."""

    def __init__(self, network: NetworkMap) -> None:
        self.network = network
        self._events: list[tuple[int, int, Event]] = []
        self._ids = 0
        self._links = {}
        for link in network.links:
            a, b = link.a.partition(":")[0], link.b.partition(":")[0]
            self._links[a, b] = (link.a, link.b, link.delay)
            self._links[b, a] = (link.b, link.a, link.delay)

    def __iter__(self) -> Iterator[Event]:
        return (event for _, _, event in sorted(self._events, key=lambda item: item[:2]))

    def add(self, event: Event) -> None:
        """Appends any event."""
        self._events.append((event.time, len(self._events), event))

    def walk(self, at: int, path: str, payload: Payload, reason: int = 0, lost: int = 0, discarded: int = 0) -> int:
        """A frame goes "client s1 server"; `lost` on its last link or `discarded` at its end; returns its end."""
        frame = self._frame(payload, reason)
        names = path.split()
        for index, (a, b) in enumerate(zip(names, names[1:], strict=False)):
            out, into, delay = self._links[a, b]
            self.add(FrameSent(at, out, frame, at))
            if lost and index == len(names) - 2:
                self.add(FrameDropped(at + delay, out, frame, lost))
                return at + delay
            at += delay
            self.add(FrameArrived(at, into, frame))
            if index < len(names) - 2:
                frame = self._frame(payload, reasons.SWITCHED, frame.id)
            elif discarded:
                self.add(FrameDiscarded(at, into, frame, discarded))
        return at

    def flood(self, at: int, path: str, others: list[str], payload: Payload, reason: int) -> int:
        """Like `walk`, and the second device of `path` copies the frame to `others` too."""
        names = path.split()
        first = self._frame(payload, reason)
        out, into, delay = self._links[names[0], names[1]]
        self.add(FrameSent(at, out, first, at))
        at += delay
        self.add(FrameArrived(at, into, first))
        end = at
        for target in (names[2], *others):
            copy = self._frame(payload, reasons.FLOODED, first.id)
            out, into, delay = self._links[names[1], target]
            self.add(FrameSent(at, out, copy, at))
            self.add(FrameArrived(at + delay, into, copy))
            end = max(end, at + delay)
        return end

    def double(self, at: int, source: str, target: str, payload: Payload) -> int:
        """The link from `source` to `target` delivers a frame twice, 1 ms apart."""
        end = self.walk(at, f"{source} {target}", payload, reasons.TCP_DATA)
        original = self._ids
        out, into, delay = self._links[source, target]
        copy = self._frame(payload, reasons.DUPLICATED, original)
        self.add(FrameDuplicated(at, out, copy))
        self.add(FrameArrived(at + delay + MILLISECOND, into, copy))
        return end

    def state(self, at: int, device: str, new: str, old: str = "CLOSED", connection: str = "a:40000 > b:80") -> None:
        """A TCP connection of `device` changes its state."""
        self.add(StateChanged(at, device, connection, old, new, 0))

    def cut(self, at: int, link: str) -> None:
        """A link is cut."""
        self.add(LinkChanged(at, link, "cut"))

    def _frame(self, payload: Payload, reason: int, parent: int = 0) -> Frame:
        self._ids += 1
        kind = ETHERTYPE_ARP if isinstance(payload, Arp) else ETHERTYPE_IPV4
        dst = BROADCAST_MAC if isinstance(payload, Arp) and payload.operation == arp.REQUEST else 0x02_0000_0000_02
        return Frame(dst, 0x02_0000_0000_01, kind, payload, self._ids, parent, reason)


def as_captured(story: Story) -> Story:
    """What a capture of unknown origin on the sender's wire holds of `story`: each frame once, nothing else."""
    captured = Story(NetworkMap())
    for event in story:
        if isinstance(event, FrameSent):
            plain = event.frame
            frame = Frame(plain.dst, plain.src, plain.ethertype, plain.payload)
            captured.add(FrameSent(event.time, "eth0", frame, event.time))
    return captured


class Talk:
    """The segments of one TCP connection, numbered as they go."""

    def __init__(self, client: str, server: str, port: int = 8080) -> None:
        self._ends = {"client": (parse_ip(client), 40000), "server": (parse_ip(server), port)}
        self._next = {"client": 1_000_000, "server": 0xFFFF_FFF0}

    def says(self, who: str, flags: int, data: bytes = b"", back: int = 0) -> Ipv4:
        """The next segment of `who`; `back` repeats what it said that many bytes ago."""
        other = "server" if who == "client" else "client"
        (src, src_port), (dst, dst_port) = self._ends[who], self._ends[other]
        seq = (self._next[who] - back) & 0xFFFF_FFFF
        ack = self._next[other] if flags & tcp.ACK else 0
        if not back:
            grows = len(data) + bool(flags & tcp.SYN) + bool(flags & tcp.FIN)
            self._next[who] = (seq + grows) & 0xFFFF_FFFF
        return Ipv4(src, dst, TCP, Tcp(src_port, dst_port, seq, ack, flags, 502, data))


def who_has(target: str, sender: str) -> Arp:
    """An ARP request."""
    return Arp(arp.REQUEST, 0x02_0000_0000_01, parse_ip(sender), 0, parse_ip(target))


def is_at(sender: str, target: str) -> Arp:
    """An ARP reply."""
    return Arp(arp.REPLY, 0x02_0000_0000_02, parse_ip(sender), 0x02_0000_0000_01, parse_ip(target))


def handshake_network() -> NetworkMap:
    """The design's first example: client, switch, router, server."""
    wan = "r1:wan 10.0.0.1/24 -- server:eth0 10.0.0.80/24"
    return network(
        {"client": Kind.HOST, "server": Kind.HOST, "s1": Kind.SWITCH, "r1": Kind.ROUTER},
        ["client:eth0 192.168.1.10/24 -- s1:p1", "s1:p2 -- r1:lan 192.168.1.1/24", wan],
        {wan: 5 * MILLISECOND},
    )


def handshake() -> Story:
    """ARP, three segments, five bytes each way, four segments to close: the whole of a first lesson."""
    story = Story(handshake_network())
    talk = Talk("192.168.1.10", "10.0.0.80")
    there, back = "client s1 r1 server", "server r1 s1 client"
    syn, ack, push, fin = tcp.SYN, tcp.ACK, tcp.PSH | tcp.ACK, tcp.FIN | tcp.ACK
    story.state(0, "server", "LISTEN", connection="0.0.0.0:8080 > *")
    story.state(0, "client", "SYN-SENT")
    now = story.walk(0, "client s1 r1", who_has("192.168.1.1", "192.168.1.10"), reasons.ARP_ASK)
    now = story.walk(now, "r1 s1 client", is_at("192.168.1.1", "192.168.1.10"), reasons.ARP_ANSWER)
    segment = talk.says("client", syn)
    now = story.walk(now, "client s1 r1", segment, reasons.TCP_SYN)
    now = story.walk(now, "r1 server", who_has("10.0.0.80", "10.0.0.1"), reasons.ARP_ASK)
    now = story.walk(now, "server r1", is_at("10.0.0.80", "10.0.0.1"), reasons.ARP_ANSWER)
    now = story.walk(now, "r1 server", segment, reasons.FORWARDED)
    story.state(now, "server", "SYN-RECEIVED")
    now = story.walk(now, back, talk.says("server", syn | ack), reasons.TCP_SYN_ACK)
    story.state(now, "client", "ESTABLISHED")
    arrived = story.walk(now, there, talk.says("client", ack), reasons.TCP_HANDSHAKE_ACK)
    story.state(arrived, "server", "ESTABLISHED")
    now = story.walk(now, there, talk.says("client", push, b"hello"), reasons.TCP_DATA)
    story.walk(now, back, talk.says("server", ack), reasons.TCP_ACK_QUICK)
    now = story.walk(now, back, talk.says("server", push, b"world"), reasons.TCP_DATA)
    story.walk(now, there, talk.says("client", ack), reasons.TCP_ACK_QUICK)
    story.state(now, "client", "FIN-WAIT-1")
    now = story.walk(now, there, talk.says("client", fin), reasons.TCP_FIN)
    story.state(now, "server", "CLOSE-WAIT")
    now = story.walk(now + 40 * MILLISECOND, back, talk.says("server", ack), reasons.TCP_ACK_DELAYED)
    story.state(now, "client", "FIN-WAIT-2")
    now += 55 * MILLISECOND
    story.state(now, "server", "LAST-ACK")
    now = story.walk(now, back, talk.says("server", fin), reasons.TCP_FIN)
    story.state(now, "client", "TIME-WAIT")
    now = story.walk(now, there, talk.says("client", ack), reasons.TCP_ACK_FIN)
    story.state(now, "server", "CLOSED")
    return story


def lossy() -> Story:
    """Two hosts, 10 ms apart: a SYN lost, data lost and sent again, a copy made by the link, a reset."""
    line = "client:eth0 10.0.0.1/24 -- server:eth0 10.0.0.2/24"
    story = Story(network({"client": Kind.HOST, "server": Kind.HOST}, [line], {line: 10 * MILLISECOND}))
    talk = Talk("10.0.0.1", "10.0.0.2", 80)
    there, back = "client server", "server client"
    ack, push = tcp.ACK, tcp.PSH | tcp.ACK
    ms = MILLISECOND
    syn = talk.says("client", tcp.SYN)
    story.state(0, "client", "SYN-SENT")
    story.walk(0, there, syn, reasons.TCP_SYN, lost=reasons.DROP_LOSS)
    now = story.walk(1000 * ms, there, syn, reasons.TCP_RETRANSMIT_SYN)
    story.state(now, "server", "SYN-RECEIVED", connection="b:80 > a:40000")
    now = story.walk(now, back, talk.says("server", tcp.SYN | ack), reasons.TCP_SYN_ACK)
    story.state(now, "client", "ESTABLISHED")
    end = story.walk(now, there, talk.says("client", ack), reasons.TCP_HANDSHAKE_ACK)
    story.state(end, "server", "ESTABLISHED", connection="b:80 > a:40000")
    story.walk(now + 2 * ms, there, talk.says("client", ack, b"x" * 1460), reasons.TCP_DATA)
    story.walk(now + 3 * ms, there, talk.says("client", ack, b"x" * 1460), reasons.TCP_DATA, lost=reasons.DROP_QUEUE)
    end = story.walk(now + 4 * ms, there, talk.says("client", push, b"x" * 500), reasons.TCP_DATA)
    story.walk(end, back, talk.says("server", ack), reasons.TCP_ACK_OUT_OF_ORDER)
    resent = talk.says("client", ack, b"x" * 1460, back=1960)
    end = story.walk(now + 230 * ms, there, resent, reasons.TCP_RETRANSMIT_TIMEOUT)
    end = story.walk(end, back, talk.says("server", ack), reasons.TCP_ACK_GAP_FILLED)
    story.double(end, "client", "server", talk.says("client", push, b"x" * 20))
    end = story.walk(end + 10 * ms, back, talk.says("server", ack), reasons.TCP_ACK_QUICK)
    story.state(end + 500 * ms, "client", "CLOSED")
    story.walk(end + 500 * ms, there, talk.says("client", tcp.RST | ack), reasons.TCP_RST_ABORT)
    story.state(end + 510 * ms, "server", "CLOSED", connection="b:80 > a:40000")
    return story


def flooding() -> Story:
    """Four hosts on a switch that learns where they are."""
    hosts = [f"h{number}" for number in range(1, 5)]
    lines = [f"{name}:eth0 10.0.0.{number}/24 -- s1:p{number}" for number, name in enumerate(hosts, 1)]
    story = Story(network(dict.fromkeys(hosts, Kind.HOST) | {"s1": Kind.SWITCH}, lines))
    now = story.flood(0, "h1 s1 h2", ["h3", "h4"], who_has("10.0.0.2", "10.0.0.1"), reasons.ARP_ASK)
    now = story.walk(now, "h2 s1 h1", is_at("10.0.0.2", "10.0.0.1"), reasons.ARP_ANSWER)
    talk = Talk("10.0.0.1", "10.0.0.2", 80)
    now = story.walk(now, "h1 s1 h2", talk.says("client", tcp.SYN), reasons.TCP_SYN, discarded=reasons.BAD_CHECKSUM)
    story.cut(now + MILLISECOND, "h1:eth0 -- s1:p1")
    story.walk(now + 1000 * MILLISECOND, "h1 s1", talk.says("client", tcp.SYN), 133, lost=reasons.DROP_CUT)
    story.walk(now + 1001 * MILLISECOND, "h4 s1 h3", Talk("10.0.0.4", "10.0.0.3").says("client", tcp.SYN), 100)
    return story
