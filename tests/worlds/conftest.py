"""Work done in a process of its own, as whoever runs the tests and as an ordinary user."""

from __future__ import annotations

import ctypes  # noqa: F401, the user "nobody" may not be able to read the standard library
import fcntl  # noqa: F401
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from simnet.worlds.child import Child
from simnet.worlds.namespaces import NamespacesRefused, enter_private

NOBODY = 65534
needs_namespaces = pytest.mark.usefixtures("namespaces")
Work = Callable[[], Any]
Do = Callable[[Work], Any]


def in_child(work: Work) -> Any:
    """What `work()` gives in a forked child."""
    child = Child(lambda channel: channel.send("done", work()))
    try:
        message = child.channel.receive()
        assert message is not None, "the child was killed"
        return message[1]
    finally:
        child.end()


def as_nobody(work: Work) -> Any:
    """What `work()` gives in a forked child that has become an ordinary user."""
    return in_child(lambda: _humbled(work))


def _humbled(work: Work) -> Any:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    return work()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the real kernel run in real time; on a busy machine a wake-up may come late: each has four tries.

    What is wrong fails every time.  One more try was not enough on two cores with two tests at a time: of some 350 such
    tests about one in two runs needs it, and now and then both of its tries fell into a busy moment.
    """
    for item in items:
        if "namespaces" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=3))


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skips where private namespaces are refused, with the reason: `pytestmark = needs_namespaces`."""
    if sys.platform != "linux":
        pytest.skip("real worlds need Linux")
    try:
        in_child(enter_private)
    except NamespacesRefused as refusal:
        pytest.skip(str(refusal))


@pytest.fixture(params=["this user", "nobody"])
def do(request: pytest.FixtureRequest) -> Do:
    """Does work in a child, as this user and again as nobody."""
    if request.param == "this user":
        return in_child
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    return as_nobody


