"""Opening by magic, whatever the name; saving whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simnet.errors import TraceError
from simnet.trace.events import Event, Note
from simnet.trace.files import open_trace, save
from simnet.trace.jsonlines import JsonLinesSink
from simnet.trace.trace import Trace
from tests.trace.samples import HEADING, identity, pcapng_bytes, record, sample, write
from tests.trace.test_pcap import PACKET, one


def json_lines() -> bytes:
    stream = io.BytesIO()
    record(JsonLinesSink(stream, HEADING))
    return stream.getvalue()


@pytest.mark.parametrize("make", [json_lines, lambda: pcapng_bytes(sample()), lambda: one(PACKET)])
def test_formats_are_told_apart_by_their_first_bytes(tmp_path: Path, make: object) -> None:
    assert callable(make)
    assert any(open_trace(write(tmp_path, "no suffix at all", make())).frames())


class Piped:
    """Standard input that is a pipe."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_standard_input_can_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(pcapng_bytes(sample())))
    trace = open_trace("-")
    assert len(list(trace)) == len(list(trace)) > 20
    assert trace.name == "standard input"


def test_a_pipe_is_kept_in_a_file_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nothing is left however the process ends; several may read it in turns."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", Piped(pcapng_bytes(sample()) + bytes(4)))
    trace = open_trace("-")
    assert list(tmp_path.iterdir()) == []
    first, second = iter(trace), iter(trace)
    assert [next(first) for _ in range(9)] == [next(second) for _ in range(9)]
    assert trace.end_ns > 0 and next(first) == next(second)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipes_can_be_read_again(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(one(PACKET),))
    writer.start()
    trace = open_trace(pipe)
    writer.join()
    assert len(list(trace)) == len(list(trace)) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; expected a pcap"),
        (b"name: handshake\n", "found the bytes 6e 61 6d 65 3a 20 68 61; name a capture, or give a scenario"),
        (gzip.compress(b"x", mtime=0), "compressed with gzip; decompress it first"),
        (b"snoop\0\0\0rest", "is a snoop capture; convert it with: editcap"),
        (b"\xa1\xb2\xcd\x34rest", "is a modified pcap"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"\x0a\x0d\x0d", "found the bytes 0a 0d 0d;"),
    ],
)
def test_what_is_no_trace_says_what_it_is(tmp_path: Path, data: bytes, message: str) -> None:
    path = write(tmp_path, "thing", data)
    with pytest.raises(TraceError) as caught:
        open_trace(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"missing\.pcap: cannot be read: No such file"):
        open_trace(tmp_path / "missing.pcap")
    with pytest.raises(TraceError, match="is a directory; name a trace or capture file in it"):
        open_trace(tmp_path)
    with pytest.raises(TraceError, match="cannot be read"):
        open_trace("a\0b")


@pytest.mark.parametrize("name", ["t.jsonl", "t.pcapng", "t.PCAP"])
def test_saved_traces_open_again(tmp_path: Path, name: str) -> None:
    save(sample(), tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    assert any(open_trace(tmp_path / name).frames())


def test_json_lines_lose_nothing(tmp_path: Path) -> None:
    save(sample(), tmp_path / "t.jsonl")
    trace = open_trace(tmp_path / "t.jsonl")
    assert [identity(event) for event in trace] == [identity(event) for event in sample()]
    assert trace.heading == sample().heading
    assert trace.end_ns == sample().end_ns


def test_a_trace_can_be_saved_over_its_own_file(tmp_path: Path) -> None:
    path = write(tmp_path, "t.jsonl", json_lines())
    save(open_trace(path).matching("udp"), path)
    assert 0 < len(list(open_trace(path))) < 10


def test_capture_times_survive(tmp_path: Path) -> None:
    trace = open_trace(write(tmp_path, "a.pcap", one(PACKET)))
    for name in ("b.pcapng", "b.jsonl"):
        save(trace, tmp_path / name)
        assert open_trace(tmp_path / name).heading.epoch_ns == trace.heading.epoch_ns > 0


def test_what_a_damaged_trace_holds_is_saved_before_the_error(tmp_path: Path) -> None:
    path = write(tmp_path, "cut.pcap", one(PACKET) + b"xx")
    with pytest.raises(TraceError, match=r"cut\.pcap: offset"):
        save(open_trace(path), tmp_path / "rest.pcapng")
    assert len(list(open_trace(tmp_path / "rest.pcapng"))) == 1


def test_saving_where_it_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"expected a name that ends in \.pcapng or \.jsonl"):
        save(sample(), tmp_path / "t.doc")
    with pytest.raises(TraceError, match=r"t\.pcapng: cannot be written: No such file"):
        save(sample(), tmp_path / "nowhere" / "t.pcapng")


def test_a_save_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Event]:
        yield Note(1, "a", "b")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(Trace(interrupted()), tmp_path / "t.jsonl")
    assert os.listdir(tmp_path) == []


class Terminal:
    """Standard output that is kept."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()


def test_standard_output_is_pcapng(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    save(sample(), "-")
    assert out.buffer.getvalue().startswith(b"\x0a\x0d\x0d\x0a")
