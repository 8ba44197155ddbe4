"""epoll(7) on the socket table; what the kernel says to the same calls is in tests/conformance/events-by-edge.pkt."""

from __future__ import annotations

import pytest

from simnet.stack.linux_errno import EADDRNOTAVAIL, EBADF, EINVAL, ENOTSOCK, SocketError
from simnet.stack.linux_socket import (
    AF_INET,
    EPOLL_CTL_ADD,
    EPOLL_CTL_DEL,
    EPOLLET,
    IP_FREEBIND,
    IPPROTO_IP,
    POLLIN,
    POLLOUT,
    SHUT_RDWR,
    SOCK_DGRAM,
    SOCK_STREAM,
)
from simnet.stack.sockets import Sockets
from simnet.wire.addresses import parse_ip
from tests.stack.lan import Lab

LOOPBACK = parse_ip("127.0.0.1")


class Here:
    """One host with two UDP sockets, the second connected to the first, and an epoll instance."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.sockets: Sockets = self.lab.host("here").sockets
        self.receiver = self.sockets.socket(AF_INET, SOCK_DGRAM)
        self.sockets.bind(self.receiver, LOOPBACK, 5000, 0)
        self.sender = self.sockets.socket(AF_INET, SOCK_DGRAM)
        self.sockets.connect(self.sender, LOOPBACK, 5000, 0)
        self.epoll = self.sockets.epoll_create()

    def arrive(self) -> None:
        """A datagram arrives for the receiver."""
        self.sockets.send(self.sender, b"hello", self.lab.now)
        self.lab.run()


def test_a_datagram_is_an_edge_and_reading_is_none() -> None:
    here = Here()
    here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, here.receiver, POLLIN | EPOLLET, 7)
    assert here.sockets.epoll_wait(here.epoll, 8) == []
    here.arrive()
    assert here.sockets.epoll_wait(here.epoll, 8) == [(POLLIN, 7)]
    assert here.sockets.epoll_wait(here.epoll, 8) == []
    here.arrive()
    here.sockets.recv(here.receiver, 100, 0)
    assert here.sockets.epoll_wait(here.epoll, 8) == [(POLLIN, 7)]
    here.sockets.recv(here.receiver, 100, 0)
    assert here.sockets.epoll_wait(here.epoll, 8) == []


def test_a_datagram_is_no_edge_for_who_waits_for_room() -> None:
    here = Here()
    here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, here.receiver, POLLOUT | EPOLLET, 7)
    assert here.sockets.epoll_wait(here.epoll, 8) == [(POLLOUT, 7)]
    here.arrive()
    assert here.sockets.epoll_wait(here.epoll, 8) == []


def test_at_most_so_many_at_once_and_all_in_turn() -> None:
    here = Here()
    for fd in (here.receiver, here.sender):
        here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, fd, POLLOUT, fd)
    found = [here.sockets.epoll_wait(here.epoll, 1)[0][1] for _ in range(4)]
    assert found == [here.receiver, here.sender, here.receiver, here.sender]


def test_a_closed_socket_and_a_removed_one_are_forgotten() -> None:
    here = Here()
    for fd in (here.receiver, here.sender):
        here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, fd, POLLIN | POLLOUT, fd)
    here.sockets.close(here.sender, 0)
    assert here.sockets.epoll_wait(here.epoll, 8) == [(POLLOUT, here.receiver)]
    here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_DEL, here.receiver)
    assert here.sockets.epoll_wait(here.epoll, 8) == []


def test_the_watcher_of_a_socket_is_told_as_before() -> None:
    here = Here()
    told: list[str] = []
    here.sockets.watch(here.receiver, lambda: told.append("receiver"))
    here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, here.receiver, POLLIN, 0)
    here.sockets.watch(here.epoll, lambda: told.append("epoll"))
    here.arrive()
    assert told == ["epoll", "receiver"]
    here.sockets.close(here.epoll, 0)
    here.arrive()
    assert told == ["epoll", "receiver", "receiver"]


def test_an_epoll_instance_can_be_watched_by_another() -> None:
    here = Here()
    outer = here.sockets.epoll_create()
    here.sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, here.receiver, POLLIN, 1)
    here.sockets.epoll_ctl(outer, EPOLL_CTL_ADD, here.epoll, POLLIN, 2)
    assert here.sockets.epoll_wait(outer, 8) == []
    here.arrive()
    assert here.sockets.epoll_wait(outer, 8) == [(POLLIN, 2)]
    assert here.sockets.poll(here.epoll) == POLLIN


def test_what_is_refused() -> None:
    here = Here()
    sockets = here.sockets
    refused = [
        (EINVAL, lambda: sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, here.epoll, POLLIN)),
        (EINVAL, lambda: sockets.epoll_ctl(here.epoll, 9, here.sender, POLLIN)),
        (EINVAL, lambda: sockets.epoll_ctl(here.sender, EPOLL_CTL_ADD, here.receiver, POLLIN)),
        (EBADF, lambda: sockets.epoll_ctl(here.epoll, EPOLL_CTL_ADD, 99, POLLIN)),
        (EINVAL, lambda: sockets.epoll_wait(here.epoll, 0)),
        (ENOTSOCK, lambda: sockets.shutdown(here.epoll, SHUT_RDWR, 0)),
        (ENOTSOCK, lambda: sockets.recv(here.epoll, 10, 0)),
    ]
    for number, call in refused:
        with pytest.raises(SocketError) as raised:
            call()
        assert raised.value.number == number


@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM])
def test_free_bind(kind: int) -> None:
    """Measured on Linux 6.18: EADDRNOTAVAIL without the option."""
    sockets = Lab().host("here").sockets
    fd = sockets.socket(AF_INET, kind)
    elsewhere = parse_ip("192.0.2.77")
    with pytest.raises(SocketError) as raised:
        sockets.bind(fd, elsewhere, 5000, 0)
    assert raised.value.number == EADDRNOTAVAIL
    sockets.setsockopt(fd, IPPROTO_IP, IP_FREEBIND, 1, 0)
    assert sockets.getsockopt(fd, IPPROTO_IP, IP_FREEBIND) == 1
    sockets.bind(fd, elsewhere, 5000, 0)
    assert sockets.getsockname(fd) == (elsewhere, 5000)
