"""A trace as JSON Lines: nothing is lost, and any language can read it.

The first line is the heading with the format's version, each further line one event tagged with its kind, the
last one `{"type":"End","time":…}`, which a run that was killed lacks.  Frames are base64 of their bytes plus their
identity; fields that are 0 are left out of a frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from simnet import reasons
from simnet.errors import TraceError
from simnet.trace.events import FORMAT_VERSION, Event, FrameDiscarded, FrameDropped, TableChanged
from simnet.trace.heading import Heading
from simnet.trace.network import NetworkMap
from simnet.trace.source import Reader, Source
from simnet.wire import ethernet
from simnet.wire.frame import Frame

MAGIC: Final = b'{"simnet_trace":'
_LINE_LIMIT: Final = 1 << 26
_TAIL: Final = 256
"""The last line is shorter than this."""


class _FirstLine(Struct, frozen=True):
    simnet_trace: int
    name: str
    seed: int | None
    network: NetworkMap
    epoch_ns: int = 0


class _Version(Struct, frozen=True):
    simnet_trace: int


class _End(Struct, frozen=True, tag="End"):
    time: int


class _FrameText(Struct, frozen=True, omit_defaults=True):
    data: bytes
    id: int = 0
    parent: int = 0
    reason: int = 0
    cause: int = 0


def _to_text(value: object) -> _FrameText:
    if not isinstance(value, Frame):
        raise TypeError(f"no event holds a {type(value).__name__}")  # what msgspec knows itself does not come here
    return _FrameText(ethernet.pack(value), value.id, value.parent, value.reason, value.cause)


def _from_text(_: type, value: object) -> Frame:
    text = msgspec.convert(value, _FrameText)
    frame = ethernet.parse(text.data)
    frame.id = text.id
    frame.parent = text.parent
    frame.reason = _known(text.reason)
    frame.cause = text.cause
    return frame


def _known(reason: int) -> int:
    """`reason`, or NONE for one that a newer simnet gave."""
    try:
        reasons.text(reason)
    except KeyError:
        return reasons.NONE
    return reason


def _in_unicode(event: Event) -> Event:
    """`event` with question marks for the bytes that its texts carry as lone surrogates (a program's output)."""
    texts = {
        name: value.encode("utf-8", "replace").decode()
        for name, value in msgspec.structs.asdict(event).items()
        if isinstance(value, str)
    }
    return msgspec.structs.replace(event, **texts)


class JsonLinesSink:
    """Writes each event to `stream` as it comes."""

    def __init__(self, stream: BinaryIO, heading: Heading) -> None:
        self._write = stream.write
        self._flush = stream.flush
        self._encode = msgspec.json.Encoder(enc_hook=_to_text).encode
        first = _FirstLine(FORMAT_VERSION, heading.name, heading.seed, heading.network, heading.epoch_ns)
        self._write(self._encode(first) + b"\n")

    def put(self, event: Event) -> None:
        try:
            line = self._encode(event)
        except UnicodeEncodeError:
            line = self._encode(_in_unicode(event))
        self._write(line + b"\n")

    def close(self, end_ns: int) -> None:
        self._write(self._encode(_End(end_ns)) + b"\n")
        self._flush()


class JsonLinesEvents:
    """The events in a JSON Lines trace, decoded one by one at every iteration."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.heading = _read_heading(source)

    def __iter__(self) -> Iterator[Event]:
        decode = msgspec.json.Decoder(Event | _End, dec_hook=_from_text).decode
        with self._source.open() as reader:
            reader.line(_LINE_LIMIT)
            number = 2
            while line := reader.line(_LINE_LIMIT):
                try:
                    event = decode(line)
                except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                    raise _bad_line(reader, number, line, error) from None
                if isinstance(event, _End):
                    return
                yield _understood(event)
                number += 1

    def end_ns(self) -> int:
        """When the run ended; the time of the last event when the file was cut before it could say so."""
        with self._source.open() as reader:
            last = reader.from_end(_TAIL).splitlines()[-1]
        try:
            return msgspec.json.decode(last, type=_End).time
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return self._last_time()

    def _last_time(self) -> int:
        end = 0
        try:
            for event in self:
                end = max(end, event.time)
        except TraceError:
            pass  # it is raised, in its place, by whoever reads the events
        return end


def _read_heading(source: Source) -> Heading:
    with source.open() as reader:
        line = reader.line(_LINE_LIMIT)
        try:
            version = msgspec.json.decode(line, type=_Version).simnet_trace
            if version > FORMAT_VERSION:
                raise TraceError(
                    f"{source.name}:1: a trace of format version {version}, this simnet reads up to "
                    f"{FORMAT_VERSION}; install a newer simnet"
                )
            first = msgspec.json.decode(line, type=_FirstLine)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _bad_line(reader, 1, line, error) from None
    return Heading(first.name, first.seed, first.network, first.epoch_ns)


def _understood(event: Event) -> Event:
    if isinstance(event, (FrameDropped, FrameDiscarded, TableChanged)) and _known(event.reason) != event.reason:
        return msgspec.structs.replace(event, reason=reasons.NONE)
    return event


def _bad_line(reader: Reader, number: int, line: bytes, error: Exception) -> TraceError:
    if not line.endswith(b"\n"):
        found = "is longer than any event" if len(line) >= _LINE_LIMIT else "is cut off"
        return TraceError(
            f"{reader.name}:{number}: expected an event as JSON, but the line {found}; "
            "the trace was not written to its end, everything before is intact"
        )
    return TraceError(
        f"{reader.name}:{number}: expected an event as JSON: {error}; everything before this line is intact"
    )
