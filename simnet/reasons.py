"""Why: the vocabulary of reasons that frames, drops and table writes carry.

A reason is an int, so that giving one costs nothing; `text(reason)` and `source(reason)` explain it.
Stack and devices write them, traces and views read them, so this file belongs to neither.
"""

from __future__ import annotations

from typing import Final

_TEXTS: Final[dict[int, tuple[str, str]]] = {}


def _reason(number: int, text: str, source: str) -> int:
    assert number not in _TEXTS, number
    _TEXTS[number] = (text, source)
    return number


def text(reason: int) -> str:
    """One plain sentence fragment that explains `reason`; empty for NONE."""
    return _TEXTS[reason][0]


def source(reason: int) -> str:
    """The RFC clause or Linux rule behind `reason`; empty where there is none."""
    return _TEXTS[reason][1]


NONE: Final = _reason(0, "", "")

# --- why a frame was sent: 1-99 ARP, IP, ICMP, UDP and devices
ARP_ASK: Final = _reason(1, "asks who has this IP address", "RFC 826")
ARP_ASK_AGAIN: Final = _reason(2, "asks again, nobody answered for 1 s", "RFC 1122 2.3.2.1")
ARP_ANSWER: Final = _reason(3, "answers with its own MAC address", "RFC 826")
ARP_PROBE: Final = _reason(4, "checks that an old neighbor entry still holds", "RFC 4861 7.3.3, Linux neighbor states")
ARP_ANNOUNCE: Final = _reason(5, "announces its own address", "RFC 5227 3")
FORWARDED: Final = _reason(10, "forwarded towards its destination, TTL one less", "RFC 1812 5.3.1")
FLOODED: Final = _reason(11, "flooded: the switch does not know this destination yet", "IEEE 802.1D 7.7")
SWITCHED: Final = _reason(12, "sent to the port where the switch learned this address", "IEEE 802.1D 7.7")
REPEATED: Final = _reason(13, "repeated to every other port", "a hub has no memory")
TRANSLATED: Final = _reason(14, "forwarded with its address translated", "RFC 3022 2.2")
FRAGMENTED: Final = _reason(15, "cut to fit the MTU of the link", "RFC 791 2.3")
DUPLICATED: Final = _reason(16, "a copy made by the link", "")
ICMP_ECHO: Final = _reason(20, "ping asks", "RFC 792")
ICMP_ECHO_REPLY: Final = _reason(21, "answers a ping", "RFC 792")
ICMP_TIMESTAMP_REPLY: Final = _reason(23, "tells the time", "RFC 792")
ICMP_ERROR: Final = _reason(22, "reports why a packet could not be delivered", "RFC 1122 3.2.2")
UDP_SEND: Final = _reason(30, "the program sent a datagram", "RFC 768")

# --- why a TCP segment was sent: 100-199
TCP_SYN: Final = _reason(100, "connect() opens a connection", "RFC 9293 3.10.1")
TCP_SYN_ACK: Final = _reason(101, "accepts the SYN and offers its own", "RFC 9293 3.10.7.2")
TCP_HANDSHAKE_ACK: Final = _reason(102, "acknowledges the SYN-ACK, the connection stands", "RFC 9293 3.10.7.3")
TCP_DATA: Final = _reason(103, "sends data of the program", "RFC 9293 3.10.2")
TCP_ACK_QUICK: Final = _reason(104, "acknowledges at once: quick-ACK mode", "Linux tcp_in_quickack_mode")
TCP_ACK_DELAYED: Final = _reason(105, "acknowledges late: the delayed-ACK timer ran out", "RFC 9293 3.8.6.3")
TCP_ACK_SECOND: Final = _reason(106, "acknowledges: two full segments arrived", "RFC 9293 3.8.6.3")
TCP_ACK_READ: Final = _reason(107, "acknowledges because the program has read the data", "Linux tcp_cleanup_rbuf")
TCP_ACK_OUT_OF_ORDER: Final = _reason(108, "acknowledges at once: a segment is missing before this one", "RFC 5681 4.2")
TCP_ACK_OLD: Final = _reason(109, "acknowledges again: this segment was already here", "RFC 9293 3.10.7.4, first check")
TCP_ACK_GAP_FILLED: Final = _reason(110, "acknowledges at once: a gap was filled", "RFC 5681 4.2")
TCP_ACK_FIN: Final = _reason(111, "acknowledges the FIN", "RFC 9293 3.10.7.4, eighth check")
TCP_ACK_CHALLENGE: Final = _reason(112, "challenge ACK: the segment may be forged", "RFC 5961 3-5")
TCP_ACK_PROBE: Final = _reason(113, "answers a window probe or keep-alive", "RFC 9293 3.8.6.1")
TCP_WINDOW_UPDATE: Final = _reason(114, "says that its window has opened", "RFC 9293 3.8.6.2.2")
TCP_FIN: Final = _reason(120, "closes its direction", "RFC 9293 3.10.4")
TCP_RST_REFUSED: Final = _reason(121, "refuses: nobody listens on this port", "RFC 9293 3.10.7.1")
TCP_RST_CLOSED: Final = _reason(122, "resets: this connection does not exist", "RFC 9293 3.10.7.1")
TCP_RST_UNREAD: Final = _reason(123, "resets: closed with data unread", "RFC 9293 3.10.4, RFC 2525 2.17")
TCP_RST_ABORT: Final = _reason(124, "resets: the program aborted the connection", "RFC 9293 3.10.5")
TCP_RST_UNACCEPTABLE: Final = _reason(125, "resets: an acknowledgment of something never sent", "RFC 9293 3.10.7.2-3")
TCP_RST_DATA_AFTER_CLOSE: Final = _reason(126, "resets: data arrived after the program had closed", "RFC 9293 3.10.4")
TCP_RETRANSMIT_TIMEOUT: Final = _reason(130, "sends again: no acknowledgment within the RTO", "RFC 6298 5")
TCP_RETRANSMIT_FAST: Final = _reason(131, "sends again: three duplicate ACKs", "RFC 5681 3.2")
TCP_RETRANSMIT_PARTIAL: Final = _reason(132, "sends again: the next hole after a partial ACK", "RFC 6582 3.2")
TCP_RETRANSMIT_SYN: Final = _reason(133, "sends the SYN again: no answer", "RFC 9293 3.8.1, Linux tcp_syn_retries")
TCP_RETRANSMIT_SYN_ACK: Final = _reason(
    134, "sends the SYN-ACK again: no answer", "RFC 9293 3.8.1, Linux tcp_synack_retries"
)
TCP_RETRANSMIT_FIN: Final = _reason(135, "sends the FIN again: no answer", "RFC 9293 3.8.1")
TCP_LIMITED_TRANSMIT: Final = _reason(136, "sends new data on a duplicate ACK", "RFC 3042 2")
TCP_TAIL_LOSS_PROBE: Final = _reason(137, "probes: the last segment may be lost", "RFC 8985 7")
TCP_ZERO_WINDOW_PROBE: Final = _reason(138, "asks whether the closed window has opened", "RFC 9293 3.8.6.1")
TCP_KEEP_ALIVE: Final = _reason(139, "asks whether the silent peer is still there", "RFC 9293 3.8.4")
TCP_RETRANSMIT_SACK: Final = _reason(140, "sends again: the peer holds later data", "RFC 6675 5, RFC 8985 6")
TCP_RETRANSMIT_SYN_DATA: Final = _reason(
    148, "sends again what went with the SYN: the SYN-ACK does not acknowledge it", "RFC 7413 4.2.2"
)
TCP_RETRANSMIT_PATH_MTU: Final = _reason(149, "sends again in smaller segments: the path carries less", "RFC 1191 6.4")

# --- why a frame never arrived: 200-249
DROP_QUEUE: Final = _reason(200, "the queue of the port was full", "")
DROP_LOSS: Final = _reason(201, "lost on the link", "")
DROP_CUT: Final = _reason(202, "the link is cut", "")
DROP_MTU: Final = _reason(203, "larger than the link carries", "")
DROP_UNPLUGGED: Final = _reason(204, "no cable in this port", "")
DROP_FAULT: Final = _reason(205, "dropped by a fault of the scenario", "")

# --- why a frame that arrived went no further: 250-299
NOT_FOR_THIS_MAC: Final = _reason(250, "addressed to another MAC", "")
BAD_CHECKSUM: Final = _reason(251, "wrong checksum", "RFC 1071")
MALFORMED: Final = _reason(252, "malformed or of an unknown protocol", "")
NOT_FOR_THIS_HOST: Final = _reason(253, "addressed to another IP, and this host does not forward", "RFC 1122 3.2.1.3")
TTL_EXPIRED: Final = _reason(254, "its TTL ran out here", "RFC 1812 5.3.1")
NO_ROUTE: Final = _reason(255, "no route to its destination", "RFC 1812 5.2.7.1")
NO_NEIGHBOR: Final = _reason(256, "nobody answered ARP for the next hop", "RFC 1122 2.3.2.2")
NEEDS_FRAGMENTING: Final = _reason(257, "too large for the next link and DF is set", "RFC 1191 4")
NO_LISTENER: Final = _reason(258, "no program on this port", "RFC 1122 4.1.3.1")
BUFFER_FULL: Final = _reason(259, "the socket's receive buffer was full", "")
ACCEPT_QUEUE_FULL: Final = _reason(260, "the listener's queue was full", "Linux tcp_conn_request")
SAME_PORT: Final = _reason(261, "the destination is on the port it came from", "IEEE 802.1D 7.7")
REASSEMBLY_TIMEOUT: Final = _reason(262, "other fragments never came", "RFC 791 3.2")
NO_TRANSLATION: Final = _reason(263, "the gateway has no translation for it", "RFC 3022 3.1")
UNACCEPTABLE_SEGMENT: Final = _reason(264, "outside the receive window or too old", "RFC 9293 3.10.7.4, first check")
NO_VLAN: Final = _reason(265, "this device does not take part in that VLAN", "IEEE 802.1Q")
ARP_QUEUE_FULL: Final = _reason(266, "too many packets wait for the same ARP answer", "Linux unres_qlen")

# --- why a table changed: 300-349
LEARNED: Final = _reason(300, "learned from the source address of a frame", "IEEE 802.1D 7.8")
AGED: Final = _reason(301, "forgotten: not seen for too long", "IEEE 802.1D 7.9.2")
CONFIGURED: Final = _reason(302, "set by the scenario", "")
RESOLVED: Final = _reason(303, "ARP answered", "RFC 826")
RESOLVING: Final = _reason(304, "ARP was asked", "RFC 826")
UNRESOLVED: Final = _reason(305, "ARP gave up", "RFC 1122 2.3.2.1")
TRANSLATION_MADE: Final = _reason(306, "a first packet of this conversation went out", "RFC 3022 3.1")
TRANSLATION_EXPIRED: Final = _reason(307, "the conversation fell silent", "RFC 3022 3.2")
MOVED: Final = _reason(308, "seen on another port", "IEEE 802.1D 7.8")
LINK_DOWN: Final = _reason(309, "the link went down", "")
NEIGHBOR_STATE: Final = _reason(310, "the neighbor entry changed its state", "Linux neighbor states")
