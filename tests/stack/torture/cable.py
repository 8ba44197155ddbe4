"""A bad cable: it loses, corrupts, doubles, reorders and marks segments, changes its length and is cut for a while."""

from __future__ import annotations

from random import Random

from simnet.units import MICROSECOND, MILLISECOND, SECOND
from simnet.wire import tcp
from simnet.wire.payload import Raw
from tests.stack.tcp.pair import A, B, Delays, Sent
from tests.stack.torture.rules import WireRules

CONGESTION_EXPERIENCED = 3


class BadCable:
    """All its properties follow from the seed; `rules` judge what it carries."""

    def __init__(self, random: Random, rules: WireRules) -> None:
        self.random = random
        self.rules = rules
        self.loss = random.choice([0.0, 0.01, 0.1, 0.3])
        self.corruption = random.choice([0.0, 0.0, 0.05])
        self.disorder = random.choice([0.0, 0.1, 0.5])
        self.doubling = random.choice([0.0, 0.05])
        self.marking = random.choice([0.0, 0.1])
        self.delay = random.choice([1 * MICROSECOND, 1 * MILLISECOND, 20 * MILLISECOND, 150 * MILLISECOND])
        self.cut_at = random.choice([0, 0, 50 * MILLISECOND, 2 * SECOND])  # 0: never
        self.mended_at = self.cut_at + random.choice([300 * MILLISECOND, 5 * SECOND, 60 * SECOND])

    def __call__(self, number: int, sent: Sent) -> Delays:
        """When the copies of `sent` arrive."""
        self.rules.sent(sent)
        random = self.random
        if random.random() < self.loss or (self.cut_at and self.cut_at <= sent.time < self.mended_at):
            return []
        if random.random() < self.corruption:
            self._damage(sent)
            return []
        if random.random() < 0.01:
            longer = min(self.delay * 2, 300 * MILLISECOND)
            self.delay = random.choice([self.delay, longer, max(self.delay // 2, MICROSECOND)])
        copies = 2 if random.random() < self.doubling else 1
        late = random.randrange(3 * self.delay + 1) if random.random() < self.disorder else 0
        return [self.delay + late * (copy + 1) for copy in range(copies)]

    def mark(self, sent: Sent) -> int:
        """`sent` arrives: its ECN bits."""
        self.rules.arrives(sent)
        if sent.tos & 3 and self.random.random() < self.marking:
            return CONGESTION_EXPERIENCED
        return sent.tos & 3

    def _damage(self, sent: Sent) -> None:
        """Up to 15 neighboring bits change: the receiver must notice it by the checksum (RFC 9293 MUST-3)."""
        src = sent.host.address
        dst = A + B - src
        right = tcp.pack(sent.segment, src, dst)
        burst = self.random.randrange(1, 1 << 15) << self.random.randrange(len(right) * 8 - 14)
        wrong = (int.from_bytes(right, "big") ^ burst).to_bytes(len(right), "big")
        assert isinstance(tcp.parse(right, src, dst), tcp.Tcp), "a segment's own checksum is wrong"
        assert isinstance(tcp.parse(wrong, src, dst), Raw), "a damaged segment was taken for a right one"
