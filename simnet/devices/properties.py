"""What one direction of a link is like."""

from __future__ import annotations

from typing import Final

from simnet.units import MICROSECOND, MILLISECOND, format_rate, format_time


class Bursts:
    """Losses in bursts: before each frame one begins with chance `enter` or ends with chance `leave`.

    Within a burst a frame is lost with chance `loss`.
    """

    __slots__ = ("enter", "leave", "loss")

    def __init__(self, *, enter: float, leave: float, loss: float = 1.0) -> None:
        self.enter: Final = enter
        self.leave: Final = leave
        self.loss: Final = loss

    def __str__(self) -> str:
        return f"{self.loss:.6g} in bursts (enter {self.enter:.6g}, leave {self.leave:.6g})"


class Properties:
    """`rate` in bit/s; `delay`, `jitter` and `reorder_by` in ns; the other chances are per frame, from 0 to 1.

    `jitter`: a frame takes up to this much longer, but none overtakes another by it.  `reorder`: the chance of
    being held back by `reorder_by`, so that later frames overtake.  `mtu` in bytes, without the Ethernet header.
    `queue`: how many frames may wait, the one being sent not counted.
    """

    __slots__ = (
        "rate", "delay", "jitter", "loss", "bursts", "duplicate", "reorder", "reorder_by", "corrupt", "mtu", "queue",
    )  # fmt: skip

    def __init__(
        self,
        *,
        rate: int = 1_000_000_000,
        delay: int = 1 * MICROSECOND,
        jitter: int = 0,
        loss: float = 0.0,
        bursts: Bursts | None = None,
        duplicate: float = 0.0,
        reorder: float = 0.0,
        reorder_by: int = 1 * MILLISECOND,
        corrupt: float = 0.0,
        mtu: int = 1500,
        queue: int = 100,
    ) -> None:
        self.rate: Final = rate
        self.delay: Final = delay
        self.jitter: Final = jitter
        self.loss: Final = loss
        self.bursts: Final = bursts
        self.duplicate: Final = duplicate
        self.reorder: Final = reorder
        self.reorder_by: Final = reorder_by
        self.corrupt: Final = corrupt
        self.mtu: Final = mtu
        self.queue: Final = queue

    def is_perfect(self) -> bool:
        """Does every frame that fits arrive once, unharmed, after exactly `delay`?"""
        chances = self.loss + self.duplicate + self.reorder + self.corrupt
        return chances == 0 and self.jitter == 0 and self.bursts is None

    def differences(self, old: Properties) -> list[str]:
        """What is not as in `old`, as text: "rate 10mbps", "loss 0.05"."""
        return [text for text, before in zip(self._texts(), old._texts(), strict=True) if text != before]

    def _texts(self) -> list[str]:
        return [
            f"rate {format_rate(self.rate)}",
            f"delay {format_time(self.delay)}",
            f"jitter {format_time(self.jitter)}",
            f"loss {self.loss:.6g}",
            f"loss {self.bursts}" if self.bursts is not None else "no bursts",
            f"duplicate {self.duplicate:.6g}",
            f"reorder {self.reorder:.6g}",
            f"reorder by {format_time(self.reorder_by)}",
            f"corrupt {self.corrupt:.6g}",
            f"mtu {self.mtu}",
            f"queue {self.queue}",
        ]
