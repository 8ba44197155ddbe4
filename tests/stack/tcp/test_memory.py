"""What a connection leaves behind: nothing that waits for Python's collector of cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.half_open import HalfOpen
from simnet.stack.tcp.time_wait import TimeWait
from simnet.units import SECOND
from tests.stack.tcp.pair import Pair


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Nothing is freed but by its last reference."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _left(kind: type) -> int:
    return sum(type(thing) is kind for thing in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("ending", ["close", "abort"])
def test_a_connection_that_is_over_is_freed_at_once(ending: str) -> None:
    before = {kind: _left(kind) for kind in (Connection, HalfOpen, TimeWait)}
    pair = Pair()
    client, server = pair.established()
    if ending == "abort":
        client.abort(1, pair.now)
    else:
        client.close(1, pair.now)
        pair.run_for(SECOND)
    server.close(1, pair.now)
    pair.run_for(SECOND)
    assert _left(Connection) == before[Connection] + 2
    del client, server
    assert _left(Connection) == before[Connection] and _left(HalfOpen) == before[HalfOpen]
    assert _left(TimeWait) == before[TimeWait] + (ending == "close")
    pair.run_for(120 * SECOND)
    assert _left(TimeWait) == before[TimeWait]
