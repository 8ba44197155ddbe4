"""A small trace made by hand: a client asks through a switch, one answer is lost, one is copied, one discarded."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from simnet import reasons
from simnet.trace.events import Event
from simnet.trace.heading import Heading
from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.trace.pcapng_sink import PcapngSink
from simnet.trace.recorder import Recorder
from simnet.trace.sinks import MemorySink, Sink
from simnet.trace.trace import Trace
from simnet.units import us
from simnet.wire import arp
from simnet.wire.addresses import BROADCAST_MAC, parse_ip
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame
from simnet.wire.icmp import ECHO_REQUEST, Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4
from simnet.wire.payload import Payload
from simnet.wire.tcp import ACK, FIN, PSH, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions
from simnet.wire.udp import Udp

CLIENT_MAC = 0x0200_0000_0001
SERVER_MAC = 0x0200_0000_0002
CLIENT_IP = parse_ip("10.0.0.1")
SERVER_IP = parse_ip("10.0.0.2")
CLIENT = "client:eth0"
SERVER = "server:eth0"

NETWORK = NetworkMap(
    devices=(
        DeviceEntry("client", Kind.HOST, (PortEntry(CLIENT, "02:00:00:00:00:01", ("10.0.0.1/24",)),)),
        DeviceEntry("server", Kind.HOST, (PortEntry(SERVER, "02:00:00:00:00:02", ("10.0.0.2/24", "fe80::2/64")),)),
        DeviceEntry("s1", Kind.SWITCH, (PortEntry("s1:p1"), PortEntry("s1:p2")), (1.5, 2.0)),
    ),
    links=(LinkEntry(CLIENT, "s1:p1", 10**9, 1000), LinkEntry(SERVER, "s1:p2", 10**8, 5000, 0.01)),
)
HEADING = Heading("sample", 7, NETWORK)


def segment(from_client: bool, seq: int, ack: int, flags: int, data: bytes = b"", window: int = 64240) -> Tcp:
    """A segment between client port 40000 and server port 80."""
    options = TcpOptions(mss=1460, sack_permitted=True, ts_val=1, window_scale=7) if flags & SYN else TcpOptions()
    ports = (40000, 80) if from_client else (80, 40000)
    return Tcp(*ports, seq, ack, flags, window, data, options)


def ip_frame(from_client: bool, protocol: int, payload: Payload, id: int, reason: int = 0, cause: int = 0) -> Frame:
    """A frame between client and server."""
    if from_client:
        packet = Ipv4(CLIENT_IP, SERVER_IP, protocol, payload, identification=id & 0xFFFF)
        return Frame(SERVER_MAC, CLIENT_MAC, ETHERTYPE_IPV4, packet, id, 0, reason, cause)
    packet = Ipv4(SERVER_IP, CLIENT_IP, protocol, payload, identification=id & 0xFFFF)
    return Frame(CLIENT_MAC, SERVER_MAC, ETHERTYPE_IPV4, packet, id, 0, reason, cause)


def forwarded(frame: Frame, id: int) -> Frame:
    return Frame(frame.dst, frame.src, frame.ethertype, frame.payload, id, frame.id, reasons.SWITCHED, frame.id)


class Cable:
    """Plays the devices: tells an observer what a frame that crosses the switch goes through."""

    def __init__(self, observer: Recorder) -> None:
        self.observer = observer
        self.now = 0
        self.next_id = 1 << 40

    def cross(self, frame: Frame) -> None:
        """From one host through the switch to the other, 10 us later."""
        from_client = frame.src == CLIENT_MAC
        ports = (CLIENT, "s1:p1", "s1:p2", SERVER) if from_client else (SERVER, "s1:p2", "s1:p1", CLIENT)
        self.hop(frame, ports[0], ports[1])
        self.next_id += 1
        self.hop(forwarded(frame, self.next_id), ports[2], ports[3])

    def hop(self, frame: Frame, sender: str, receiver: str) -> None:
        self.observer.frame_sent(self.now, sender, frame, self.now + us(2))
        self.now += us(5)
        self.observer.frame_arrived(self.now, receiver, frame)

    def lose(self, frame: Frame, sender: str, reason: int) -> None:
        self.observer.frame_sent(self.now, sender, frame, self.now)
        self.observer.frame_dropped(self.now, sender, frame, reason)


def record(sink: Sink) -> int:
    """Tell the whole story to `sink` through a recorder; the time at which it ends."""
    recorder = Recorder(sink)
    cable = Cable(recorder)
    recorder.socket_call(0, "client", "main", 5, "connect", "10.0.0.2:80", "EINPROGRESS")
    ask = Arp(arp.REQUEST, CLIENT_MAC, CLIENT_IP, 0, SERVER_IP)
    cable.cross(Frame(BROADCAST_MAC, CLIENT_MAC, ETHERTYPE_ARP, ask, 1, 0, reasons.ARP_ASK, 5))
    recorder.table_changed(cable.now, "s1", "mac", "02:00:00:00:00:01", None, "port p1", reasons.LEARNED, 1)
    recorder.state_changed(cable.now, "client", "10.0.0.1:40000 > 10.0.0.2:80", "CLOSED", "SYN-SENT", 5)
    cable.cross(ip_frame(True, TCP, segment(True, 2**32 - 2, 0, SYN), 2, reasons.TCP_SYN, 5))
    cable.cross(ip_frame(False, TCP, segment(False, 900, 2**32 - 1, SYN | ACK), 3, reasons.TCP_SYN_ACK, 2))
    cable.cross(ip_frame(True, TCP, segment(True, 2**32 - 1, 901, ACK), 4, reasons.TCP_HANDSHAKE_ACK, 3))
    request = ip_frame(True, TCP, segment(True, 2**32 - 1, 901, ACK | PSH, b"hello"), 5, reasons.TCP_DATA, 6)
    recorder.frame_sent(cable.now, CLIENT, request, cable.now)
    recorder.fault_fired(cable.now, "drop the first hello", request)
    recorder.frame_dropped(cable.now, CLIENT, request, reasons.DROP_FAULT)
    cable.now += us(200_000)
    again = segment(True, 2**32 - 1, 901, ACK | PSH, b"hello")
    cable.cross(ip_frame(True, TCP, again, 6, reasons.TCP_RETRANSMIT_TIMEOUT))
    recorder.program_output(cable.now, "server", "main", "hello\n你好")
    recorder.tcp_sampled(cable.now, "client", "10.0.0.1:40000 > 10.0.0.2:80", {"cwnd": 1, "rto": 200_000_000})
    cable.cross(ip_frame(False, TCP, segment(False, 901, 4, ACK | FIN), 7, reasons.TCP_FIN))
    copied = ip_frame(True, UDP, Udp(5000, 7, b"query"), 8, reasons.UDP_SEND)
    cable.hop(copied, CLIENT, "s1:p1")
    copy = forwarded(copied, 9)
    recorder.frame_duplicated(cable.now, CLIENT, copy)
    recorder.frame_arrived(cable.now, "s1:p1", copy)
    recorder.frame_discarded(cable.now, "s1:p1", copy, reasons.SAME_PORT)
    cable.lose(ip_frame(True, ICMP, Icmp(ECHO_REQUEST, 0, 77 << 16 | 1, b"abc"), 10, reasons.ICMP_ECHO), CLIENT,
               reasons.DROP_QUEUE)  # fmt: skip
    recorder.link_changed(cable.now, "client:eth0 -- s1:p1", "cut")
    recorder.note(cable.now, "client", "the cable is out")
    sink.close(cable.now + us(1))
    return cable.now + us(1)


def sample() -> Trace:
    """The story as a trace in memory."""
    sink = MemorySink()
    record(sink)
    return Trace(sink.events, HEADING, sink.end_ns)


def pcapng_bytes(events: Iterable[Event], heading: Heading = HEADING) -> bytes:
    stream = io.BytesIO()
    sink = PcapngSink(stream, heading)
    for event in events:
        sink.put(event)
    sink.close(0)
    return stream.getvalue()


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


ALL_KINDS = {
    "FrameSent", "FrameArrived", "FrameDropped", "FrameDuplicated", "FrameDiscarded", "TableChanged", "StateChanged",
    "TcpSampled", "SocketCall", "ProgramOutput", "FaultFired", "LinkChanged", "Note",
}  # fmt: skip


def identity(event: Event) -> object:
    """Everything about an event, the identity of its frame included, which `==` leaves out."""
    frame = getattr(event, "frame", None)
    return event, frame and (frame.id, frame.parent, frame.reason, frame.cause)
