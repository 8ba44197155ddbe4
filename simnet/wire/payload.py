"""What one layer carries for the layer above: a header value, or `Raw` bytes where no value fits.

For any bytes b, `pack(parse(b)) == b`: a layer whose bytes are not exactly those its value would pack to
(a wrong checksum, a bad length, an unknown protocol) stays `Raw` from there up.
"""

from __future__ import annotations


class Payload:
    """A layer's value.  `length` is its size on the wire in bytes, everything above it included.

    Values are immutable by convention: many frames and events share one, and packed bytes may be cached on it.
    Two are equal when they are of one kind and say the same on the wire.
    """

    __slots__ = ("length",)

    def __init__(self, length: int) -> None:
        self.length = length

    def content(self) -> tuple[object, ...]:
        """Everything that decides the bytes; the basis of `==`."""
        return (self.length,)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Payload) and type(self) is type(other) and self.content() == other.content()

    def __hash__(self) -> int:
        return hash(self.content())


class Raw(Payload):
    """Bytes that no header value describes."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.length = len(data)
        self.data = data

    def content(self) -> tuple[object, ...]:
        return (self.data,)

    def __repr__(self) -> str:
        return f"Raw({self.data!r})"
