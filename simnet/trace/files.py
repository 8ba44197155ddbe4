"""Traces in files: `open_trace` reads pcap, pcapng and JSON Lines, told apart by their first bytes; `save` writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from simnet.errors import TraceError
from simnet.trace import jsonlines, pcap, pcapng
from simnet.trace.capture import CaptureEvents
from simnet.trace.events import Event
from simnet.trace.heading import Heading
from simnet.trace.jsonlines import JsonLinesEvents, JsonLinesSink
from simnet.trace.pcapng_blocks import SECTION_MAGIC
from simnet.trace.pcapng_sink import PcapngSink
from simnet.trace.sinks import Sink
from simnet.trace.source import Source, open_source
from simnet.trace.trace import Trace

STANDARD_OUTPUT: Final = "-"
_JSON_SUFFIXES: Final = (".jsonl", ".json")
_CAPTURE_SUFFIXES: Final = (".pcapng", ".pcap", ".cap")
_LOOK: Final = 64

_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", "is compressed with gzip; decompress it first: gunzip FILE"),
    (b"\x28\xb5\x2f\xfd", "is compressed with Zstandard; decompress it first: unzstd FILE"),
    (b"\xfd7zXZ", "is compressed with xz; decompress it first: unxz FILE"),
    (b"PK\x03\x04", "is a zip archive; unpack it first"),
    (b"snoop\0\0\0", "is a snoop capture; convert it with: editcap -F pcapng FILE FILE.pcapng"),
    (b"GMBU", "is a Network Monitor capture; convert it with: editcap -F pcapng FILE FILE.pcapng"),
    (b"RTSS", "is a Network Monitor capture; convert it with: editcap -F pcapng FILE FILE.pcapng"),
    (b"\xa1\xb2\xcd\x34", "is a modified pcap (Kuznetzov's); convert it with: editcap -F pcapng FILE FILE.pcapng"),
    (b"\x34\xcd\xb2\xa1", "is a modified pcap (Kuznetzov's); convert it with: editcap -F pcapng FILE FILE.pcapng"),
)


def open_trace(path: str | os.PathLike[str]) -> Trace:
    """The trace in the file at `path`, `-` for standard input; its events are read when they are iterated.

    Raises `TraceError` when the file is no trace.  One that is damaged further on raises it while being iterated,
    after everything before the damage.
    """
    source = open_source(os.fspath(path))
    with source.open() as reader:
        start = reader.peek(_LOOK)
    if start.startswith(jsonlines.MAGIC):
        return _json_lines_trace(source)
    if start.startswith(SECTION_MAGIC):
        return _capture_trace(CaptureEvents(source, pcapng.packets))
    if start[:4] in pcap.MAGICS:
        return _capture_trace(CaptureEvents(source, pcap.packets))
    raise _not_a_trace(source, start)


def _json_lines_trace(source: Source) -> Trace:
    events = JsonLinesEvents(source)
    return Trace(events, events.heading, events.end_ns)


def _capture_trace(events: CaptureEvents) -> Trace:
    return Trace(events, events.heading, events.end_ns)


def _not_a_trace(source: Source, start: bytes) -> TraceError:
    if not start:
        return TraceError(f"{source.name}: is empty; expected a pcap, pcapng or simnet JSON Lines file")
    for magic, advice in _OTHERS:
        if start.startswith(magic):
            return TraceError(f"{source.name}: {advice}")
    return TraceError(
        f"{source.name}: offset 0: expected a pcap, pcapng or simnet JSON Lines file, "
        f"found the bytes {start[:8].hex(' ')}; name a capture, or give a scenario to simnet run"
    )


def save(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write `trace` to `path`, as JSON Lines (.jsonl) or pcapng (.pcapng, .pcap); `-` is pcapng on standard output.

    The file appears only when it is complete, so that a trace may be saved over the file it is read from.  What a
    damaged trace still holds is saved before its `TraceError` is raised again.
    """
    target = os.fspath(path)
    if target == STANDARD_OUTPUT:
        _raise(_write(trace, PcapngSink(sys.stdout.buffer, trace.heading)))
        return
    suffix = Path(target).suffix.lower()
    if suffix not in _JSON_SUFFIXES + _CAPTURE_SUFFIXES:
        raise TraceError(f'{target}: expected a name that ends in .pcapng or .jsonl, found "{suffix}"; rename it')
    part = f"{target}.part"
    try:
        with open(part, "wb") as stream:
            damage = _write(trace, _sink(suffix, stream, trace))
        os.replace(part, target)
    except OSError as error:
        raise _cannot_be_written(target, error) from None
    finally:
        Path(part).unlink(missing_ok=True)
    _raise(damage)


class FileSink:
    """Writes events to `path`, `-` for standard output, as they come: whatever ends the run, they are there.

    `form`: `PcapngSink` or `JsonLinesSink`.  The file is opened, and `heading` asked for, when the run has begun: not
    before the first event.
    """

    def __init__(self, path: str, form: Callable[[BinaryIO, Heading], Sink], heading: Callable[[], Heading]) -> None:
        self._path: Final = path
        self._form: Final = form
        self._heading: Final = heading
        self._stream: BinaryIO | None = None
        self._sink: Sink | None = None

    def put(self, event: Event) -> None:
        sink = self._sink or self._open()
        try:
            sink.put(event)
            if self._stream is not None:
                self._stream.flush()
        except OSError as error:
            raise self._unwritten(error) from None

    def close(self, end_ns: int) -> None:
        sink = self._sink or self._open()
        try:
            sink.close(end_ns)
            if self._path != STANDARD_OUTPUT and self._stream is not None:
                self._stream.close()
        except OSError as error:
            raise self._unwritten(error) from None

    def _open(self) -> Sink:
        try:
            self._stream = sys.stdout.buffer if self._path == STANDARD_OUTPUT else open(self._path, "wb")
        except OSError as error:
            raise self._unwritten(error) from None
        self._sink = self._form(self._stream, self._heading())
        return self._sink

    def _unwritten(self, error: OSError) -> Exception:
        if isinstance(error, BrokenPipeError):
            return error
        return _cannot_be_written(self._path, error)


def _cannot_be_written(path: str, error: OSError) -> TraceError:
    return TraceError(f"{path}: cannot be written: {error.strerror}; check its folder and permissions")


def _raise(damage: TraceError | None) -> None:
    if damage is not None:
        raise damage


def _sink(suffix: str, stream: BinaryIO, trace: Trace) -> Sink:
    if suffix in _JSON_SUFFIXES:
        return JsonLinesSink(stream, trace.heading)
    return PcapngSink(stream, trace.heading)


def _write(trace: Trace, sink: Sink) -> TraceError | None:
    """Hand every event to `sink`; the error that ended them early, if one did."""
    damage = None
    try:
        for event in trace:
            sink.put(event)
    except TraceError as error:
        damage = error
    sink.close(trace.end_ns)
    return damage
