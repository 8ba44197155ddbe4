"""What RFC 9293 and its extensions demand of every segment, judged from outside: from what left and what arrived."""

from __future__ import annotations

from simnet import reasons
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import ABSENT
from tests.stack.tcp.pair import Host, Sent

_DEFAULT_MSS = 536
_MASK = 0xFFFF_FFFF


def unwrap(bits: int, near: int) -> int:
    """The number closest to `near` of which the wire carries 32 `bits`; not the stack's, which is being judged."""
    turn = bits + (near >> 32 << 32)
    return min((turn - (1 << 32), turn, turn + (1 << 32)), key=lambda number: abs(number - near))


def _length(segment: Tcp) -> int:
    """SEG.LEN: the data, and one for each of SYN and FIN."""
    return len(segment.data) + (segment.flags & FIN) + (segment.flags & SYN != 0)


class Ranges:
    """Disjoint ranges of numbers, merged where they touch."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> None:
        """All of [start, end)."""
        kept = []
        for left, right in self.parts:
            if right < start or left > end:
                kept.append((left, right))
            else:
                start, end = min(start, left), max(end, right)
        self.parts = sorted([*kept, (start, end)])

    def covers(self, start: int, end: int) -> bool:
        """Is all of [start, end) there?"""
        return any(left <= start and end <= right for left, right in self.parts)

    def first_gap(self) -> int:
        """One past the first range, which begins at 0."""
        return self.parts[0][1] if self.parts and self.parts[0][0] <= 0 else 0


class Side:
    """One end: what it has sent and what has reached it.  Numbers count from its own SYN, which is number 0."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.first: int | None = None  # its ISN
        self.syn: Tcp | None = None
        self.highest = 0  # one past what it has sent
        self.arrived = Ranges()  # of the other's numbers
        self.forged = Ranges()  # of those, what an attacker sent: a D-SACK may name it
        self.edge = 0  # how far the other has ever allowed it to send
        self.stamps = {0}  # timestamps that have reached it
        self.last_ack = 0
        self.last_edge = 0
        self.last_stamp: int | None = None
        self.repeated = (-1, 0, 0)  # what the last timeout repeated, when, and how long after the one before

    def number(self, seq: int) -> int:
        """`seq` of the wire, counted from the SYN."""
        return unwrap((seq - (self.first or 0)) & _MASK, self.highest)


class WireRules:
    """Raises AssertionError at the first segment that breaks a rule."""

    def __init__(self, streams: dict[Host, bytes]) -> None:
        self.sides = {host: Side(stream) for host, stream in streams.items()}
        self.count = 0

    def other(self, host: Host) -> Side:
        """The side that `host` speaks to."""
        return next(side for known, side in self.sides.items() if known is not host)

    # --- what leaves

    def sent(self, sent: Sent) -> None:
        """`sent` leaves its host."""
        self.count += 1
        segment, side, peer = sent.segment, self.sides[sent.host], self.other(sent.host)
        flags = segment.flags
        assert flags & SYN or segment.options.mss == ABSENT, "MUST-65: an MSS option outside a SYN"
        if flags & SYN:
            if side.first is None:
                side.first, side.syn = segment.seq, segment
            assert segment.seq == side.first, "another ISN than before"
        if flags & RST or side.first is None:
            return
        start = side.number(segment.seq)
        end = start + _length(segment)
        self._check_content(side, segment, start, end)
        self._check_room(sent.host, side, peer, segment, end)
        side.highest = max(side.highest, end)
        if sent.reason == reasons.TCP_RETRANSMIT_TIMEOUT and not sent.cause:  # by an alarm, not after an ACK
            self._check_back_off(sent, side, start)
        if flags & ACK:
            self._check_acknowledgment(side, peer, segment)
            self._check_blocks(side, peer, segment)
            self._check_stamps(side, segment)
        else:
            assert flags & SYN, "a segment after the SYN without ACK"

    def _check_content(self, side: Side, segment: Tcp, start: int, end: int) -> None:
        """The bytes are those of the stream at that place, and the FIN is its end."""
        if segment.flags & SYN:
            assert start == 0 and not segment.data and not segment.flags & FIN
            return
        data = segment.data
        assert side.stream[start - 1 : start - 1 + len(data)] == data, f"wrong bytes at {start}"
        assert end <= len(side.stream) + 2, "a number beyond the FIN"
        if segment.flags & FIN:
            assert end == len(side.stream) + 2, "a FIN before the end of the data"
        if data and start - 1 + len(data) == len(side.stream) and start >= side.highest:
            assert segment.flags & (PSH | FIN), "MUST-61: the last data without PSH"

    def _check_room(self, host: Host, side: Side, peer: Side, segment: Tcp, end: int) -> None:
        """Within the window, the peer's MSS and the path (RFC 9293 3.8.6, 3.7.1)."""
        if not segment.flags & SYN:
            beyond = end - (segment.flags & FIN)  # Linux lets the FIN of a burst stand one beyond (tcp_mss_split_point)
            assert beyond <= max(side.edge, side.highest), f"{end} is beyond the window's edge at {side.edge}"
        if segment.data and peer.syn is not None:
            mss = peer.syn.options.mss if peer.syn.options.mss > 0 else _DEFAULT_MSS
            assert len(segment.data) + segment.options.length <= min(mss, host.mtu - 40), "MUST-16: too long"

    def _check_back_off(self, sent: Sent, side: Side, start: int) -> None:
        """While nothing arrives, each timeout waits twice as long as the one before (RFC 6298 5.5)."""
        profile = sent.host.profile
        before, at, gap = side.repeated
        waited = sent.time - at
        if before == start and waited and gap:
            least = min(2 * gap, profile.tcp_rto_max) - 2 * profile.jiffy - gap // 4  # the wheel is coarse
            assert waited >= least, f"MUST-19: repeated after {waited} ns, the time before after {gap} ns"
        side.repeated = (start, sent.time, waited if before == start and waited else 0)

    def _check_acknowledgment(self, side: Side, peer: Side, segment: Tcp) -> None:
        """Only what arrived is acknowledged; nothing offered is taken back (SHLD-14)."""
        ack = unwrap((segment.ack - (peer.first or 0)) & _MASK, side.last_ack)
        assert ack >= side.last_ack, f"acknowledges {ack} after {side.last_ack}"
        assert ack <= side.arrived.first_gap(), f"acknowledges {ack}, but only {side.arrived.first_gap()} arrived"
        side.last_ack = ack
        scale = 0 if segment.flags & SYN else self._scale(side, peer)
        edge = ack + (segment.window << scale)
        if segment.flags & SYN and segment.window == 65_535:
            return  # a SYN can offer no more
        if ack == len(peer.stream) + 2 and edge < side.last_edge:
            return  # nothing follows a FIN; TIME-WAIT cuts a window to 16 bits (Linux tcp_v4_timewait_ack)
        assert edge > side.last_edge - (1 << scale), f"SHLD-14: the right edge moves from {side.last_edge} to {edge}"
        side.last_edge = max(edge, side.last_edge)

    def _check_blocks(self, side: Side, peer: Side, segment: Tcp) -> None:
        """SACK blocks tell the truth (RFC 2018 4, RFC 2883 4)."""
        blocks = [
            tuple(unwrap((edge - (peer.first or 0)) & _MASK, side.last_ack) for edge in block)
            for block in segment.options.sack
        ]
        for place, (left, right) in enumerate(blocks):
            assert side.syn is not None and side.syn.options.sack_permitted, "SACK without permission"
            assert peer.syn is not None and peer.syn.options.sack_permitted, "SACK without permission"
            is_there = side.arrived.covers(left, right) or (place == 0 and side.forged.covers(left, right))
            assert left < right and is_there, f"SACK of {left}:{right}, which has not arrived"
            if place and side.last_ack < len(peer.stream) + 2:  # that of a FIN may repeat them all (Linux tcp_fin)
                assert left > side.last_ack, f"block {left}:{right} below the acknowledgment"

    def _check_stamps(self, side: Side, segment: Tcp) -> None:
        """Timestamps never run backwards and echo what arrived (RFC 7323 3, 4.3)."""
        value = segment.options.ts_val
        if value < 0:
            return
        if side.last_stamp is not None:
            assert (value - side.last_stamp) & _MASK < 1 << 31, "timestamps run backwards"
        side.last_stamp = value
        assert segment.options.ts_ecr in side.stamps, "echoes a timestamp that never arrived"

    def _scale(self, side: Side, peer: Side) -> int:
        """By how much the windows that `side` offers are shifted."""
        both = (side.syn, peer.syn)
        if any(syn is None or syn.options.window_scale < 0 for syn in both) or side.syn is None:
            return 0
        return min(side.syn.options.window_scale, 14)

    # --- what arrives

    def arrives(self, sent: Sent) -> None:
        """`sent` is about to be processed by the other end."""
        segment, sender, side = sent.segment, self.sides[sent.host], self.other(sent.host)
        side.repeated = (-1, 0, 0)
        flags = segment.flags
        if flags & RST or sender.first is None:
            return
        start = sender.number(segment.seq)
        end = start + _length(segment)
        if end > start:
            side.arrived.add(start, end)
        if segment.options.ts_val >= 0:
            side.stamps.add(segment.options.ts_val)
        if flags & ACK and side.first is not None:
            scale = 0 if flags & SYN else self._scale(sender, side)
            ack = unwrap((segment.ack - side.first) & _MASK, side.highest)
            side.edge = max(side.edge, ack + (segment.window << scale))
        elif flags & SYN:
            side.edge = max(side.edge, 1 + segment.window)

    def forged(self, host: Host, segment: Tcp) -> None:
        """`segment`, which nobody but an attacker has sent, is about to be processed by `host`."""
        side, peer = self.sides[host], self.other(host)
        side.repeated = (-1, 0, 0)
        start = unwrap((segment.seq - (peer.first or 0)) & _MASK, side.last_ack)
        side.forged.add(start, start + _length(segment))
