"""Bulk transfers take as long as the recorded ones on the same link: captures 08, 08b and 08c.

The programs run by themselves here: nothing is taken from the recorded calls but how much was written.
`python -m pytest -s tests/golden/test_completion.py` prints the figures.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.golden.captures import Capture, load, names
from tests.golden.families.bulk import bulk_client, bulk_server
from tests.golden.families.tcp_program import run_tcp
from tests.golden.laboratory import Laboratory

_HANDSHAKE = 4
"""So many frames tell where was captured, and how long the wire takes."""

LINKS = [name for name in names() if name.startswith("08") and load(name).wire]
"""Where nothing but the processor takes time (lo, virtual cables), virtual time has nothing to compare."""


def recorded_time(capture: Capture) -> float:
    """From the start of the write until the client has seen the peer's end of the stream, in seconds."""
    calls = [event for event in capture.events if event.app == "client"]
    start = next(event.start for event in calls if event.call.startswith("sendall"))
    end = next(event.end for event in calls if event.call.startswith("recv"))
    return (end - start) / 1e9


def simulated_time(capture: Capture) -> float:
    """The same of programs that do not know the recorded calls: from the first data to the peer's FIN."""
    size = Laboratory(capture, {}).numbers("client", "sendall(<N bytes>)")[0]
    laboratory = Laboratory(replace(capture, events=(), frames=capture.frames[:_HANDSHAKE]), {})
    run_tcp(laboratory, bulk_client(size), bulk_server)
    seen = [frame for frame in laboratory.replay().frames if frame["if"] == "A:eth0"]
    first = next(frame["t"] for frame in seen if frame["dir"] == "out" and frame["tcp"]["len"])
    last = next(frame["t"] for frame in seen if frame["dir"] == "in" and "F" in frame["tcp"]["flags"])
    return float(last - first)


@pytest.mark.parametrize("name", LINKS)
def test_a_bulk_transfer_takes_as_long_as_recorded(name: str) -> None:
    capture = load(name)
    recorded, simulated = recorded_time(capture), simulated_time(capture)
    off = simulated / recorded - 1
    print(f"{name:45} recorded {recorded * 1e3:6.1f} ms, now {simulated * 1e3:6.1f} ms, {off:+.1%}")
    assert simulated == pytest.approx(recorded, rel=0.05)


def test_every_link_with_a_delay_is_tried() -> None:
    assert {name.split("_")[0] for name in LINKS} == {"08", "08b", "08c"}
