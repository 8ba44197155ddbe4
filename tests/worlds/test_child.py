"""The forked child and the channel to it."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from simnet.errors import InternalError, MissingError
from simnet.worlds.child import Channel, Child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="real worlds need Linux")


def answers(child: Child) -> list[object]:
    found: list[object] = []
    try:
        while (message := child.channel.receive()) is not None:
            found.append(message)
    finally:
        child.end()
    return found


def test_messages_of_any_size_arrive_in_order() -> None:
    def work(channel: Channel) -> None:
        channel.post("first", 1)
        channel.post("large", b"x" * 3_000_000)
        channel.send("last", {"a": (1, 2)})

    assert answers(Child(work)) == [("first", 1), ("large", b"x" * 3_000_000), ("last", {"a": (1, 2)})]


def test_what_was_posted_waits_for_a_flush() -> None:
    def work(channel: Channel) -> None:
        channel.post("never seen")
        os._exit(0)

    assert answers(Child(work)) == []


def test_open_files_are_handed_over() -> None:
    """More of them than one message can carry."""
    count = 450

    def work(channel: Channel) -> None:
        pipes = [os.pipe() for _ in range(count // 2)]
        for number, (_, writing) in enumerate(pipes):
            os.write(writing, str(number).encode())
        channel.receive()
        channel.send_descriptors([reading for reading, _ in pipes])
        channel.receive()

    child = Child(work)
    child.channel.send("go")
    descriptors = child.channel.receive_descriptors(count // 2)
    assert [os.read(fd, 10) for fd in descriptors] == [str(number).encode() for number in range(count // 2)]
    for fd in descriptors:
        os.close(fd)
    child.end()


def test_an_error_in_the_child_is_raised_in_the_parent() -> None:
    def work(channel: Channel) -> None:
        raise MissingError("no kernel here")

    with pytest.raises(MissingError, match="no kernel here"):
        answers(Child(work))


def test_a_mistake_in_the_child_comes_with_its_traceback() -> None:
    def work(channel: Channel) -> None:
        raise ZeroDivisionError("by accident")

    with pytest.raises(InternalError, match=r"(?s)Traceback.*ZeroDivisionError: by accident"):
        answers(Child(work))


def test_a_killed_child_is_silent() -> None:
    child = Child(lambda _: time.sleep(60))
    os.kill(child.pid, signal.SIGKILL)
    assert answers(child) == []
    child.end()  # a second time does no harm
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
