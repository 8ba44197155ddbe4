"""`simnet show`: the frames of a run or a capture as a list, or one of them layer by layer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Final

import click
from msgspec import Struct

from simnet import reasons
from simnet.cli import options
from simnet.cli.sources import read_trace
from simnet.errors import SimnetError
from simnet.trace.events import Event, FrameArrived, FrameDiscarded, FrameDropped, FrameSent, Note
from simnet.trace.trace import Trace
from simnet.units import MILLISECOND, format_time
from simnet.wire.frame import Frame

_PORT_WIDTH: Final = 12
"""Cells for the names of ports, where a capture does not tell them in advance; longer ones widen the column."""
_OURS: Final = frozenset({"Ethernet", "802.3", "802.1Q", "LLC", "ARP", "IP", "ICMP", "UDP", "TCP", "Raw", "Padding"})
"""What scapy calls the layers that simnet takes apart itself."""


class Row(Struct, frozen=True):
    """A frame of the list and its number there, counted from 1."""

    number: int
    event: FrameSent | FrameArrived


@click.command("show")
@click.argument("source")
@options.matching
@options.seed
@click.option("--frame", "number", callback=options.whole_number(1), metavar="N", help="Take this frame apart.")
def command(source: str, expression: str, seed: int | None, number: int | None) -> int:
    """List the frames of SOURCE, or take one apart: a scenario, a trace, or any pcap or pcapng file.

    Each crossing of a link is a frame of its own; a number means the same frame with and without --filter.
    """
    trace = read_trace(source, seed)
    if number is not None:
        for line in _layers(_numbered(trace, number)):
            click.echo(line)
        return 0
    for line in _list(trace, _filter(expression)):
        click.echo(line)
    return 0


def _filter(expression: str) -> Callable[[Frame], bool]:
    from simnet import filter as filters

    return filters.compile(expression).matches if expression else _everything


def _everything(_: Frame) -> bool:
    return True


def _rows(trace: Trace) -> Iterator[Row | Event]:
    """The frames with their numbers, each when it is sent, and everything else that happens between them.

    A frame's arrival is another row only where nobody saw it sent, as in a capture on one side of a cable.
    """
    number = 0
    under_way: dict[int, int] = {}
    for event in trace:
        if isinstance(event, FrameArrived) and under_way.get(event.frame.id, 0):
            under_way[event.frame.id] -= 1
            if not under_way[event.frame.id]:
                del under_way[event.frame.id]
        elif isinstance(event, (FrameSent, FrameArrived)):
            number += 1
            if isinstance(event, FrameSent) and event.frame.id:
                under_way[event.frame.id] = under_way.get(event.frame.id, 0) + 1
            yield Row(number, event)
        else:
            yield event


def _numbered(trace: Trace, number: int) -> Row:
    last = 0
    for row in _rows(trace):
        if isinstance(row, Row):
            last = row.number
            if last == number:
                return row
    held = f"the last one of {trace.name} is {last}" if last else f"{trace.name} has none"
    raise SimnetError(f"there is no frame {number}; {held}")


def _list(trace: Trace, is_wanted: Callable[[Frame], bool]) -> Iterator[str]:
    from simnet.trace.labels import Inference
    from simnet.views.hops import ends_of
    from simnet.views.terminal import terminal_of
    from simnet.wire.summary import summary

    views: dict[str, Inference] = {}
    ports = [port.name for device in trace.network.devices for port in device.ports]
    width = max(map(len, ports), default=_PORT_WIDTH)
    to = terminal_of(sys.stdout).glyphs.to
    yield f"{'no':>5}  {'ms':>12}  {'port':{width}}  frame"
    for row in _rows(trace):
        if isinstance(row, Row):
            number, time, place, frame = str(row.number), row.event.time, row.event.port, row.event.frame
            source, target = ends_of(frame)
            label = views.setdefault(place, Inference()).label(row.event)
            why = ": ".join(word for word in ("" if label is None else label.value, reasons.text(frame.reason)) if word)
            text = f"{source} {to} {target}  {summary(frame)}" + (f"  ({why})" if why else "")
        elif isinstance(row, (FrameDropped, FrameDiscarded)):
            number, time, place, frame = "", row.time, row.port, row.frame
            what = "lost" if isinstance(row, FrameDropped) else "went no further"
            text = f"{what}: {reasons.text(row.reason)}"
        elif isinstance(row, Note):
            yield f"{'':>5}  {row.time / MILLISECOND:>12.6f}  {row.device:{width}}  {row.text}"
            continue
        else:
            continue
        if is_wanted(frame):
            width = max(width, len(place))
            yield f"{number:>5}  {time / MILLISECOND:>12.6f}  {place:{width}}  {text}"


def _layers(row: Row) -> Iterator[str]:
    from simnet.wire.dissect import dissect
    from simnet.wire.ethernet import pack

    frame = row.event.frame
    data = pack(frame)
    what = "sent by" if isinstance(row.event, FrameSent) else "arrived at"
    yield f"frame {row.number}: {len(data)} bytes, {what} {row.event.port} at {format_time(row.event.time)}"
    if frame.reason:
        source = reasons.source(frame.reason)
        yield f"why: {reasons.text(frame.reason)}" + (f" ({source})" if source else "")
    layers = dissect(data)
    for layer in layers:
        yield f"\n{layer.name}{_note(layer.note)}"
        for field in layer.fields:
            yield _field(field.name, field.value) + _note(field.note)
    if layers[-1].name in ("Data", "IPv6"):
        yield from _further_layers(data)


def _note(text: str) -> str:
    return f"   <- {text}" if text else ""


def _field(name: str, value: str) -> str:
    first, *others = value.splitlines() or [""]
    return "\n".join([f"  {name:22} {first}".rstrip(), *(f"  {'':22} {line}" for line in others)])


def _further_layers(data: bytes) -> Iterator[str]:
    """What scapy makes of the bytes that simnet has no names for."""
    from simnet.trace.decode import decode

    for name, fields in decode(data):
        if name not in _OURS:
            yield f"\n{name}, as scapy reads it"
            yield from (_field(label, value) for label, value in fields)
