"""The requirements of RFC 9293 by the numbers of its Appendix B, each in a sentence of our own, and how simnet stands.

A requirement without an entry in `EXCEPTIONS` holds in the linux profile, and a test must show it.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Standing(Enum):
    """How simnet stands to a requirement that it does not simply keep."""

    LINUX_DIFFERS = "Linux differs"  # and so does simnet
    SIMNET_DIFFERS = "simnet differs"
    NOT_MODELED = "not modeled"
    NOT_USED = "option not used"  # a MAY that Linux and simnet leave
    PROGRAMS = "for programs"  # asks something of whoever uses TCP


class Requirement(NamedTuple):
    """`number` as in Appendix B; `section` where the text stands."""

    number: str
    level: str
    section: str
    text: str


def _must(number: int, section: str, text: str, level: str = "MUST") -> Requirement:
    return Requirement(f"MUST-{number}", level, section, text)


def _should(number: int, section: str, text: str, level: str = "SHOULD") -> Requirement:
    return Requirement(f"SHLD-{number}", level, section, text)


def _may(number: int, section: str, text: str) -> Requirement:
    return Requirement(f"MAY-{number}", "MAY", section, text)


REQUIREMENTS = (
    _must(1, "3.1", "The window field is an unsigned number."),
    _must(2, "3.1", "Every segment that leaves bears a right checksum."),
    _must(3, "3.1", "A segment with a wrong checksum is not taken."),
    _must(4, "3.1", "The options end of list, no operation and maximum segment size are understood."),
    _must(5, "3.1", "Options are accepted in any segment, not only in a SYN."),
    _must(6, "3.1", "An unknown option is skipped by its length."),
    _must(7, "3.1", "An option whose length cannot be right does no harm."),
    _must(8, "3.4.1", "Initial sequence numbers advance with a clock."),
    _must(9, "3.4.1", "Nobody outside can compute the secret part of an initial sequence number.", "MUST NOT"),
    _must(10, "3.5", "Two ends may open the same connection at the same time."),
    _must(11, "3.5", "SYN-RECEIVED remembers whether a passive or an active open led to it."),
    _must(12, "3.6", "A program learns whether the peer closed or aborted."),
    _must(13, "3.6.1", "Who closes first stays in TIME-WAIT for twice the longest life of a segment."),
    _must(14, "3.7.1", "The MSS option is sent and obeyed."),
    _must(15, "3.7.1", "A peer that names no MSS gets segments of 536 bytes at most (IPv6: 1220)."),
    _must(16, "3.7.1", "A segment is no longer than the peer's MSS and the path allow, options counted."),
    _must(17, "3.7.4", "A program can switch Nagle's algorithm off."),
    _must(18, "3.8.1", "The timeout follows RFC 6298; no round trip is measured from what was sent twice (Karn)."),
    _must(19, "3.8.2", "There are slow start, congestion avoidance, and timeouts that back off."),
    _must(20, "3.8.3", "Repeating has two limits: at R1 the network layer is warned, at R2 the connection ends."),
    _must(21, "3.8.3", "A program can set R2."),
    _must(22, "3.8.3", "The same holds for SYNs."),
    _must(23, "3.8.3", "SYNs are repeated for three minutes at least."),
    _must(24, "3.8.4", "A program can switch keep-alive on and off, for each connection."),
    _must(25, "3.8.4", "Keep-alive is off unless asked for."),
    _must(26, "3.8.4", "A keep-alive probe leaves only after silence, with nothing unacknowledged."),
    _must(27, "3.8.4", "How long that silence is can be chosen."),
    _must(28, "3.8.4", "It is two hours unless chosen."),
    _must(29, "3.8.4", "A single probe without an answer ends nothing."),
    _must(30, "3.8.5", "Urgent data is supported."),
    _must(31, "3.8.5", "Urgent data may be of any length."),
    _must(32, "3.8.5", "A program is told when urgent data begins or grows."),
    _must(33, "3.8.5", "A program can ask how much urgent data there is."),
    _must(34, "3.8.6", "A sender copes with a window that shrinks."),
    _must(35, "3.8.6", "A window that shrinks to zero is probed."),
    _must(36, "3.8.6.1", "A closed window is probed."),
    _must(37, "3.8.6.1", "As long as probes are answered the connection stays open."),
    _must(38, "3.8.6.2.1", "A sender avoids silly windows: it does not fill small ones at once."),
    _must(39, "3.8.6.2.2", "A receiver avoids silly windows: it does not open its window by small steps."),
    _must(40, "3.8.6.3", "An acknowledgment is delayed by less than half a second."),
    _must(41, "3.9.1.1", "A passive open leaves connections that exist alone.", "MUST NOT"),
    _must(42, "3.9.1.1", "One can listen on a port while a connection of that port is being opened."),
    _must(43, "3.9.1.1", "A program can name the local address of a connection."),
    _must(44, "3.9.1.1", "Otherwise the IP layer chooses it, before the SYN."),
    _must(45, "3.9.1.1", "All later segments come from that same address."),
    _must(46, "3.9.1.1", "Opening a connection to a broadcast or multicast address is an error."),
    _must(47, "3.9.1.8", "A program can learn of soft errors."),
    _must(48, "3.9.1.9", "A program can choose the Diffserv field."),
    _must(49, "3.9.2", "The TTL can be chosen."),
    _must(50, "3.9.2", "IP options that TCP does not understand are ignored."),
    _must(51, "3.9.2.1", "A program can give a source route."),
    _must(52, "3.9.2.1", "It counts more than one that was received."),
    _must(53, "3.9.2.1", "A passive open answers along the source route received, turned round."),
    _must(54, "3.9.2.2", "An ICMP error reaches the connection that it is about."),
    _must(55, "3.9.2.2", "Source quench is thrown away."),
    _must(56, "3.9.2.2", "Net or host unreachable, time exceeded and parameter problem abort nothing.", "MUST NOT"),
    _must(57, "3.9.2.3", "A SYN to a broadcast or multicast address is dropped without a word."),
    _must(58, "3.10.7.4", "One acknowledgment serves for as many segments as possible."),
    _must(59, "3.10.7.4", "What was waiting is taken as a whole before it is acknowledged."),
    _must(60, "3.9.1.2", "Without a PUSH flag of its own, send() holds data back for a limited time.", "MUST NOT"),
    _must(61, "3.9.1.2", "The last segment of what a program has written bears PSH."),
    _must(62, "3.8.5", "The urgent pointer points to the byte after the urgent data."),
    _must(63, "3.9.2.3", "A SYN from an address that cannot be a source is ignored."),
    _must(64, "3.2", "Options may begin at any byte."),
    _must(65, "3.2", "The MSS option stands in SYNs only.", "MUST NOT"),
    _must(66, "3.4", "RST and URG count also when the window is closed."),
    _must(67, "3.7.1", "The MSS announced is what can be received and put together, less 20 bytes."),
    _must(68, "3.1", "Every option but end of list and no operation has a length."),
    _must(69, "3.1", "After the end of the list the header is filled with zeros."),
    _should(1, "3.4.1", "Initial sequence numbers: a clock plus a secret function of the connection's four numbers."),
    _should(2, "3.5.3", "A reset may carry data."),
    _should(3, "3.6.1", "Data lost by a close is answered by a reset."),
    _should(4, "3.6.1", "Timestamps shorten TIME-WAIT."),
    _should(5, "3.7.1", "The MSS option is sent unless it says the default."),
    _should(6, "3.7.3", "Where the MTU of an interface varies, the MSS is made of the smallest."),
    _should(7, "3.7.4", "There is Nagle's algorithm."),
    _should(8, "3.8.2", "There is explicit congestion notification."),
    _should(9, "3.8.3", "A program is told when R1 is reached."),
    _should(10, "3.8.3", "R1 is three repetitions at least."),
    _should(11, "3.8.3", "R2 is 100 seconds at least."),
    _should(12, "3.8.4", "A keep-alive probe has no data."),
    _should(13, "3.9.1.2", "New programs do without urgent data.", "SHOULD NOT"),
    _should(14, "3.8.6", "A receiver does not take back what it has offered.", "SHOULD NOT"),
    _should(15, "3.8.6", "After the window has shrunk, no new data is sent.", "SHOULD NOT"),
    _should(16, "3.8.6", "Old data within the shrunk window is sent again as usual."),
    _should(17, "3.8.6", "Data beyond the shrunk window does not time the connection out.", "SHOULD NOT"),
    _should(18, "3.8.6.3", "Acknowledgments are delayed."),
    _should(19, "3.8.6.3", "Every second full segment is acknowledged at least."),
    _should(20, "3.9.1.8", "A program need not hear of soft errors."),
    _should(21, "3.9.1.9", "A program can change the Diffserv field of an open connection."),
    _should(22, "3.9.1.9", "It reaches the IP header unchanged."),
    _should(23, "3.9.2", "Programs do not change the Diffserv field while a connection lasts.", "SHOULD NOT"),
    _should(24, "3.9.2.1", "A later source route counts more than an earlier one."),
    _should(25, "3.9.2.2", "A program can learn what a soft ICMP error said."),
    _should(26, "3.9.2.2", "Protocol or port unreachable and fragmentation needed abort the connection."),
    _should(27, "3.9.1.2", "Several pushes become one segment, the largest possible."),
    _should(28, "3.9.1.2", "Segments are as large as possible."),
    _should(29, "3.8.6.1", "The first probe leaves when the window has been closed for one timeout."),
    _should(30, "3.8.6.1", "The pauses between probes grow exponentially."),
    _should(31, "3.10.7.4", "Segments that come too early are kept."),
    _may(1, "3.6.1", "A close may end reading, too."),
    _may(2, "3.6.1", "A new SYN may open a connection out of TIME-WAIT."),
    _may(3, "3.7.1", "The MSS option may be sent always."),
    _may(4, "3.8.1", "What is sent again unchanged may keep its IP identification."),
    _may(5, "3.8.4", "There may be keep-alive."),
    _may(6, "3.8.4", "A keep-alive probe may carry a byte of garbage."),
    _may(7, "3.8.6", "Old data beyond the shrunk window may be sent again."),
    _may(8, "3.8.6.1", "A receiver may keep its window closed for ever."),
    _may(9, "3.9.1.9", "A program may be told the Diffserv field received."),
    _may(10, "3.9.2", "The IP option Timestamp may be supported."),
    _may(11, "3.9.2", "The IP option Record Route may be supported."),
    _may(12, "3.10.7.4", "Acknowledgments that are too old may be challenged (RFC 5961 5)."),
    _may(13, "3.10.7.4", "What comes too early may be answered by an acknowledgment."),
    _may(14, "3.9.1.7", "There may be a call that empties the send queue."),
    _may(15, "3.9.1.2", "A send call may say PUSH."),
    _may(16, "3.9.1.2", "Data not pushed may be gathered."),
    _may(17, "3.9.1.3", "A receiving program may be told of PSH."),
    _may(18, "3.8.2", "There may be other congestion controls that conform."),
    Requirement("REC-1", "RECOMMENDED", "3.1", "Windows are counted in 32 bits."),
)

_ROUTE = "IP options are not sent; those received are ignored"

EXCEPTIONS: dict[str, tuple[Standing, str]] = {
    "MUST-9": (Standing.SIMNET_DIFFERS, "all chance follows from the seed: the same run gives the same bytes"),
    "MUST-20": (Standing.SIMNET_DIFFERS, "R2 ends the connection, as asked; at R1 (tcp_retries1) nothing happens"),
    "MUST-23": (Standing.LINUX_DIFFERS, "131 s: `tcp_syn_retries` is 6 (and 4 of a second each); settable"),
    "MUST-51": (Standing.NOT_MODELED, _ROUTE),
    "MUST-52": (Standing.NOT_MODELED, _ROUTE),
    "MUST-53": (Standing.NOT_MODELED, _ROUTE),
    "MUST-56": (Standing.LINUX_DIFFERS, "open connections live on, as asked; one being opened fails (RFC 5461)"),
    "SHLD-6": (Standing.NOT_MODELED, "an interface has one MTU"),
    "SHLD-9": (Standing.LINUX_DIFFERS, "nobody is told; TCP_INFO counts the repetitions"),
    "SHLD-10": (Standing.NOT_MODELED, "tcp_retries1 is 3, but R1 has no effect except with tcp_mtu_probing"),
    "SHLD-13": (Standing.PROGRAMS, "those of scenarios cannot send urgent data; with the socket table one can"),
    "SHLD-23": (Standing.PROGRAMS, "a scenario may try"),
    "SHLD-24": (Standing.NOT_MODELED, _ROUTE),
    "SHLD-26": (Standing.LINUX_DIFFERS, "an open connection lives on, SO_ERROR tells of it; one being opened fails"),
    "MAY-4": (Standing.NOT_USED, "every segment has an identification of its own"),
    "MAY-6": (Standing.NOT_USED, "probes have no data"),
    "MAY-7": (Standing.NOT_USED, "only the first segment is sent again beyond the window, as a probe"),
    "MAY-9": (Standing.NOT_MODELED, "no IP_RECVTOS"),
    "MAY-10": (Standing.NOT_MODELED, _ROUTE),
    "MAY-11": (Standing.NOT_MODELED, _ROUTE),
    "MAY-14": (Standing.NOT_USED, "Linux has no such call"),
    "MAY-15": (Standing.NOT_USED, "send() always pushes; MSG_MORE and TCP_CORK hold back"),
    "MAY-17": (Standing.NOT_USED, "recv() does not tell"),
}  # fmt: skip
"""By number: how simnet stands, and why."""
