"""What the program has written and has not been sent, in the pieces that Linux's sendmsg() would make.

Pieces matter on the wire: PSH stands at the end of a piece that ended a send(), and a burst is cut from one piece.
"""

from __future__ import annotations

from collections import deque

from simnet.stack.tcp.sent import RECORD_END


class Piece:
    """Bytes to be sent together as far as windows allow; Linux's sk_buff."""

    __slots__ = ("_data", "_offset", "_more", "size", "is_pushed", "has_fin", "marks")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0
        self._more: list[bytes] = []
        self.size = len(data)
        self.is_pushed = False
        self.has_fin = False
        self.marks = 0  # of its last byte: RECORD_END, NOTICE

    def append(self, data: bytes) -> None:
        """Add to a piece that has not been sent."""
        self._more.append(data)
        self.size += len(data)

    def take(self, count: int) -> bytes:
        """Cut off the first `count` bytes."""
        if self._more:
            self._join()
        offset = self._offset
        self._offset = offset + count
        self.size -= count
        return self._data[offset : offset + count]

    def _join(self) -> None:
        self._data = b"".join([self._data[self._offset :], *self._more])
        self._offset = 0
        self._more = []


class SendQueue:
    """The pieces in order; `size` is the sum of their bytes."""

    __slots__ = ("pieces", "size")

    def __init__(self) -> None:
        self.pieces: deque[Piece] = deque()
        self.size = 0

    def head(self) -> Piece | None:
        """The piece to be sent next."""
        return self.pieces[0] if self.pieces else None

    def tail(self) -> Piece | None:
        """The piece that more data joins."""
        return self.pieces[-1] if self.pieces else None

    def count(self) -> int:
        """How many pieces wait."""
        return len(self.pieces)

    def is_last(self, piece: Piece) -> bool:
        """Does nothing follow `piece`?"""
        return self.pieces[-1] is piece

    def is_empty(self) -> bool:
        """Is there nothing to send, not even a FIN?"""
        return not self.pieces

    def add(self, piece: Piece) -> None:
        """A new piece at the end."""
        self.pieces.append(piece)
        self.size += piece.size

    def extend_tail(self, data: bytes) -> None:
        """More bytes for the last piece."""
        self.pieces[-1].append(data)
        self.size += len(data)

    def fill(self, piece: Piece, count: int) -> None:
        """Move up to `count` bytes from the next piece to `piece`, the first (Linux tcp_grow_skb)."""
        if len(self.pieces) < 2 or piece.marks & RECORD_END:
            return
        other = self.pieces[1]
        moved = min(count, other.size)
        if moved:
            piece.append(other.take(moved))
        if not other.size:
            piece.is_pushed = piece.is_pushed or other.is_pushed
            piece.has_fin = other.has_fin
            piece.marks |= other.marks
            del self.pieces[1]

    def part(self, piece: Piece, count: int) -> Piece:
        """Cut the first piece in two; its first `count` bytes end a send() as its last do."""
        front = Piece(piece.take(count))
        front.is_pushed = piece.is_pushed
        self.pieces.appendleft(front)
        return front

    def took(self, piece: Piece, count: int) -> None:
        """`count` bytes were cut off the first piece; an empty one goes."""
        self.size -= count
        if not piece.size:
            self.pieces.popleft()

    def clear(self) -> None:
        """Nothing will be sent any more."""
        self.pieces.clear()
        self.size = 0
