"""What a run has exchanged so far, in the words of scripts."""

from __future__ import annotations

from simnet.testing.packetdrill.texts import seconds


class History:
    """Lines with their times."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, time: int, text: str) -> None:
        """`text` happened at `time`, ns since the script began."""
        self._lines.append(f"{seconds(time):>12} {text}")

    def lines(self) -> tuple[str, ...]:
        """In the order they were added."""
        return tuple(self._lines)
