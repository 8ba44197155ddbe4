"""What can happen to a frame on a bad link: the draws behind loss, bursts and jitter, and what they do.

Each kind draws from a random stream of its own, so that turning one on changes nothing in the others.
Source of the burst model: Gilbert (1960), Elliott (1963), as in Linux netem.
"""

from __future__ import annotations

from random import Random
from typing import Callable, Final, Protocol

from simnet.devices.properties import Properties
from simnet.wire import ethernet
from simnet.wire.frame import Frame


class Dice(Protocol):
    """Decides anew for every frame whether something happens to it."""

    def happens(self) -> bool:
        """Does it happen to the next frame?"""


class Never:
    """It does not happen."""

    __slots__ = ()

    def happens(self) -> bool:
        """No."""
        return False


class Chance:
    """It happens with the same `probability` to every frame, whatever happened to the one before."""

    __slots__ = ("_probability", "_stream")

    def __init__(self, probability: float, stream: Random) -> None:
        self._probability: Final = probability
        self._stream: Final = stream

    def happens(self) -> bool:
        """Does it happen to the next frame?"""
        return self._stream.random() < self._probability


class GilbertElliott:
    """Losses in bursts: a link that is good or bad, and may change before each frame.

    `to_bad` and `to_good` are the probabilities of a change, `loss_good` and `loss_bad` those of losing a frame.
    With `loss_good` 0, a share of loss_bad * to_bad / (to_bad + to_good) is lost in the long run, and the link
    stays bad for 1 / to_good frames on average.
    """

    __slots__ = ("_to_bad", "_to_good", "_loss_good", "_loss_bad", "_stream", "is_bad")

    def __init__(self, *, to_bad: float, to_good: float, loss_good: float, loss_bad: float, stream: Random) -> None:
        self._to_bad: Final = to_bad
        self._to_good: Final = to_good
        self._loss_good: Final = loss_good
        self._loss_bad: Final = loss_bad
        self._stream: Final = stream
        self.is_bad: bool = False

    def happens(self) -> bool:
        """Is the next frame lost?"""
        if self._stream.random() < (self._to_good if self.is_bad else self._to_bad):
            self.is_bad = not self.is_bad
        return self._stream.random() < (self._loss_bad if self.is_bad else self._loss_good)


class Impairments:
    """All that chance does to the frames of one direction with `properties`.

    `stream(purpose)` gives the direction's random stream for one purpose.  `only_loses`: nothing but loss can happen.
    """

    __slots__ = (
        "loss", "duplication", "reordering", "corruption", "only_loses", "_jitter", "_jitter_stream",
        "_corruption_stream",
    )  # fmt: skip

    def __init__(self, properties: Properties, stream: Callable[[str], Random]) -> None:
        self.loss: Final[Dice] = _loss(properties, stream)
        self.duplication: Final[Dice] = _dice(properties.duplicate, "duplicate", stream)
        self.reordering: Final[Dice] = _dice(properties.reorder, "reorder", stream)
        self.corruption: Final[Dice] = _dice(properties.corrupt, "corrupt", stream)
        others = properties.duplicate, properties.reorder, properties.corrupt, properties.jitter
        self.only_loses: Final[bool] = not any(others)
        self._jitter: Final = properties.jitter
        self._jitter_stream: Final = stream("jitter")
        self._corruption_stream: Final = stream("corrupted bit")

    def lateness(self) -> int:
        """How much longer than usual the next frame takes, in ns."""
        return int(self._jitter_stream.random() * (self._jitter + 1)) if self._jitter else 0

    def corrupt(self, frame: Frame) -> Frame:
        """`frame` with one bit flipped anywhere."""
        bit = int(self._corruption_stream.random() * 8 * frame.length)
        return with_bit_flipped(frame, bit >> 3, 0x80 >> (bit & 7))


def with_bit_flipped(frame: Frame, byte: int, mask: int) -> Frame:
    """`frame` as read by a receiver when the bits of `mask` are wrong at offset `byte`; its identity stays.

    An offset beyond the end means the last byte, a negative one counts from the end.
    """
    if frame.length == 0:
        return frame
    data = bytearray(ethernet.pack(frame))
    data[min(byte, len(data) - 1)] ^= mask
    read = ethernet.parse(bytes(data))
    return Frame(
        read.dst, read.src, read.ethertype, read.payload,
        frame.id, frame.parent, frame.reason, frame.cause, read.tag, read.trailer,
    )  # fmt: skip


def _dice(probability: float, purpose: str, stream: Callable[[str], Random]) -> Dice:
    return Chance(probability, stream(purpose)) if probability > 0 else Never()


def _loss(properties: Properties, stream: Callable[[str], Random]) -> Dice:
    bursts = properties.bursts
    if bursts is None:
        return _dice(properties.loss, "loss", stream)
    return GilbertElliott(
        to_bad=bursts.enter,
        to_good=bursts.leave,
        loss_good=properties.loss,
        loss_bad=bursts.loss,
        stream=stream("loss"),
    )
