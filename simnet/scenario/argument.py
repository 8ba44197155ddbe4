"""The argument of a step, as one value or as a map, and what all steps have in common."""

from __future__ import annotations

from typing import Any, Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.content import LARGEST, numbered
from simnet.scenario.error_names import ERROR_NAMES
from simnet.scenario.names import Names
from simnet.scenario.position import Position
from simnet.scenario.reader import Fields, Reader, kind_of, short
from simnet.scenario.socket_options import read_options
from simnet.scenario.step_values import SocketOption
from simnet.scenario.tree import Node, Scalar


class Argument:
    """A step being read: its argument, as one value or as a map, and what all steps have."""

    def __init__(
        self,
        reader: Reader,
        names: Names,
        sockets: dict[str, Position],
        *,
        verb: str,
        node: Node | None,
        at: Position,
        text: str,
    ) -> None:
        self.reader = reader
        self.names = names
        self._sockets = sockets
        self.verb = verb
        self.at = at
        self.text = text
        self.fields: Fields | None = None
        self.main: Scalar | None = None
        if isinstance(node, tree.Mapping):
            self.fields = self.reader.fields(node, vocabulary.VERBS[verb], verb)
        elif isinstance(node, Scalar) and not node.is_null():
            self.main = node
        elif isinstance(node, tree.Sequence):
            self.reader.problem(node.at, f"{verb} takes one value or a map; found a list")

    def get(self, key: str, main: str = "") -> Node | None:
        """The value of `key`; the argument itself if it is one value and `key` is its main key."""
        if self.fields is not None:
            return self.fields.get(key)
        return self.main if key == main else None

    def need(self, key: str, example: str) -> Node | None:
        """As `get` of the main key, which must be there."""
        node = self.get(key, main=key)
        if node is None:
            what = f'{self.verb} needs "{key}"' if self.fields is not None else f"{self.verb} needs a value"
            self.reader.problem(self.at, f"{what}; write for example {self.verb}: {example}")
        return node

    def shared(self) -> dict[str, Any]:
        """The fields of every step."""
        return {
            "fails": self.reader.word(self.get("fails"), "fails", ERROR_NAMES) or "",
            "timeout": self.reader.time(self.get("timeout"), "timeout", "s"),
            "text": self.text,
            "at": self.at,
        }

    def socket(self, key: str = "via", main: str = "") -> str:
        """The name of a socket that an earlier step opened; "" for the current one."""
        node = self.get(key, main)
        text = self.reader.text(node, key, "first")
        if text is None or node is None:
            return ""
        if text not in self._sockets:
            hint = did_you_mean(text, self._sockets) or "; a step before this one names it with as"
            self.reader.problem(node.at, f'no socket is called "{short(text)}"{hint}')
        return text

    def new_name(self) -> str:
        """The name that this step gives to its socket."""
        node = self.get("as")
        if not isinstance(node, Scalar):
            if node is not None:
                self.reader.problem(node.at, f"as must be a name; found {kind_of(node)}")
            return ""
        return self.reader.name(node, "a socket") or ""

    def options(self) -> tuple[SocketOption, ...]:
        """The socket options of the key `options`."""
        node = self.get("options")
        return () if node is None else read_options(self.reader, node)

    def encoding(self) -> str:
        """How text becomes bytes."""
        node = self.get("encoding")
        text = self.reader.text(node, "encoding", "utf-8")
        if text is None or node is None:
            return "utf-8"
        try:
            "".encode(text)
            b"".decode(text)
        except (LookupError, ValueError, UnicodeError):
            self.reader.problem(node.at, f'the encoding "{short(text)}" is unknown; write for example utf-8 or gbk')
            return "utf-8"
        return text

    def data(self) -> bytes | None:
        """What to send: text, bytes or hex; None if none of them is there."""
        given = [key for key in ("text", "bytes", "hex") if self.get(key, main="text") is not None]
        if len(given) > 1:
            self.reader.problem(self.at, f"{self.verb} has both {given[0]} and {given[1]}; keep one")
        if not given:
            return None
        return _DATA[given[0]](self)

    def needed_data(self) -> bytes:
        """What to send, which must be there."""
        data = self.data()
        if data is None:
            example = "{to: server:7788, text: hello}" if self.verb == "send to" else "hello"
            text = f"{self.verb} needs something to send; write for example {self.verb}: {example}"
            self.reader.problem(self.at, text)
        return data or b""


def _text_data(argument: Argument) -> bytes:
    node = argument.get("text", main="text")
    encoding = argument.encoding()
    text = argument.reader.text(node, "text", "hello")
    if text is None or not isinstance(node, Scalar):
        return b""
    if isinstance(node.native, bytes):
        return node.native
    try:
        return text.encode(encoding)
    except UnicodeError:
        bad = next((character for character in text if not _encodes(character, encoding)), text[:1])
        argument.reader.problem(node.at, f'"{bad}" has no bytes in {encoding}; write another encoding such as utf-8')
        return b""


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeError:
        return False
    return True


def _size_data(argument: Argument) -> bytes:
    size = argument.reader.size(argument.get("bytes"), "bytes", 0, LARGEST)
    return b"" if size is None else numbered(size)


def _hex_data(argument: Argument) -> bytes:
    node = argument.get("hex")
    text = argument.reader.text(node, "hex", "00 ff")
    if text is None or node is None:
        return b""
    try:
        return bytes.fromhex(text.replace(":", " "))
    except ValueError:
        argument.reader.problem(node.at, f'"{short(text)}" is not hexadecimal; write pairs of digits such as 00 ff')
        return b""


_DATA: Final = {"text": _text_data, "bytes": _size_data, "hex": _hex_data}
