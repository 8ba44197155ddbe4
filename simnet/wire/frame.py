"""`Frame`: an Ethernet frame as header values, with an identity, so that it can be followed from hop to hop.

IEEE 802.3; the 802.1Q tag is one 16-bit field.  The frame check sequence is not modeled: it is never part of
`length` or of the bytes, as in a capture.  Short frames are not padded, as on a Linux veth.
"""

from __future__ import annotations

from typing import Final

from simnet.wire.addresses import mac_text
from simnet.wire.payload import Payload

ETHERTYPE_IPV4: Final = 0x0800
ETHERTYPE_ARP: Final = 0x0806
ETHERTYPE_VLAN: Final = 0x8100
ETHERTYPE_IPV6: Final = 0x86DD

LONGEST_802_3: Final = 1500
"""The largest value of the type field that is a length (IEEE 802.3); Ethernet II types begin at 1536."""

NO_TAG: Final = -1
RUNT: Final = -1
"""`ethertype` of bytes too short for an Ethernet header: all of them are in `payload`."""


class Frame:
    """One Ethernet frame.

    `dst`, `src`: MAC addresses as 48-bit ints.  `ethertype`: the type field as on the wire (below 1536: an
    802.3 length, the payload is then `Llc`).  `tag`: the 802.1Q tag control field or NO_TAG.  `trailer`:
    bytes after the payload's end (padding).  `length`: bytes on the wire.
    `id`: unique in a run, `device ordinal << 40 | counter`.  `parent`: id of the frame this one is a forwarded
    copy of, 0 for an original.  `reason`: why it was sent (`simnet.reasons`).  `cause`: id of the frame or
    socket call that led to it, 0 for a timer.
    `is_shared`: an observer or another frame holds it or its payload, so that whoever passes it on must copy what
    changes; a frame that only its receiver holds may be rewritten instead (as a Linux sk_buff, skb_cow()), and then
    keeps its id, for nobody watches.

    `==` compares what is on the wire; which frame it is, is what `id` says.
    """

    __slots__ = (
        "dst", "src", "ethertype", "payload", "tag", "trailer", "length", "id", "parent", "reason", "cause",
        "is_shared",
    )  # fmt: skip

    def __init__(
        self,
        dst: int,
        src: int,
        ethertype: int,
        payload: Payload,
        id: int = 0,
        parent: int = 0,
        reason: int = 0,
        cause: int = 0,
        tag: int = NO_TAG,
        trailer: bytes = b"",
    ) -> None:
        self.dst = dst
        self.src = src
        self.ethertype = ethertype
        self.payload = payload
        self.id = id
        self.parent = parent
        self.reason = reason
        self.cause = cause
        self.tag = tag
        self.trailer = trailer
        self.is_shared = False
        self.length = 14 + payload.length
        if tag >= 0 or trailer or ethertype < 0:
            self.length = _unusual_length(self)

    def content(self) -> tuple[object, ...]:
        """Everything that decides the bytes; the basis of `==`."""
        return self.dst, self.src, self.ethertype, self.tag, self.payload, self.trailer

    def __eq__(self, other: object) -> bool:
        return self is other or isinstance(other, Frame) and self.content() == other.content()

    def __hash__(self) -> int:
        return hash(self.content())

    def __repr__(self) -> str:
        if self.ethertype < 0:
            return f"Frame(runt, {self.payload!r})"
        tag = f", tag 0x{self.tag:04x}" if self.tag >= 0 else ""
        trailer = f", trailer {self.trailer!r}" if self.trailer else ""
        return (
            f"Frame({mac_text(self.src)} > {mac_text(self.dst)}, type 0x{self.ethertype:04x}{tag}, "
            f"{self.payload!r}{trailer})"
        )


def _unusual_length(frame: Frame) -> int:
    """The length of a frame with a tag or a trailer, or of a runt."""
    if frame.ethertype == RUNT:
        return frame.payload.length
    return 14 + (4 if frame.tag != NO_TAG else 0) + frame.payload.length + len(frame.trailer)
