"""Passing a frame on as it is: the same value under a new identity."""

from __future__ import annotations

from simnet.wire.frame import Frame


def relayed(frame: Frame, id: int, reason: int) -> Frame:
    """`frame` once more, called `id`, sent for `reason`; the payload is shared."""
    copy = Frame(
        frame.dst, frame.src, frame.ethertype, frame.payload,
        id, frame.id, reason, frame.id, frame.tag, frame.trailer,
    )  # fmt: skip
    frame.is_shared = copy.is_shared = True
    return copy
