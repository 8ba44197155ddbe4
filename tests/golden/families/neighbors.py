"""Families 14 and 18: ARP and its timers, switches and hubs."""

from __future__ import annotations

from simnet.wire.addresses import BROADCAST_MAC
from simnet.wire.arp import REPLY, REQUEST, Arp
from simnet.wire.frame import ETHERTYPE_ARP, Frame
from tests.golden.application import Application, Logged, Place, Steps, attempt
from tests.golden.captures import Fields, nanoseconds
from tests.golden.families.icmp import pings
from tests.golden.families.ping import ping
from tests.golden.families.tcp_program import Families, connected, run_tcp
from tests.golden.laboratory import PORT, Laboratory

_CALL_TO_FRAME = 8_000
_UNTIL_NEXT_CALL = 60.0


def _is_question(frame: Fields) -> bool:
    return bool(frame.get("tcp", {}).get("len")) and (frame["if"], frame["dir"]) == ("A:eth0", "out")


def confirmed_by_tcp(lab: Laboratory) -> None:
    """A dialogue whose calls were not logged: the frames tell when."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        for question in filter(_is_question, lab.capture.frames):
            yield from app.until(app.origin + nanoseconds(question["t"]) - _CALL_TO_FRAME)
            yield from connection.plain.send(b"x")
            yield from connection.plain.recv(10)
        yield from app.sleep(_UNTIL_NEXT_CALL)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        while data := (yield from connection.plain.recv(10)):
            yield from connection.plain.send(data)
        yield from connection.close()

    run_tcp(lab, client, server)


def announcements(lab: Laboratory) -> None:
    """B changes its MAC three times and announces it in three ways."""
    for number in (1, 2, 3):
        lab.macs[f"02:00:00:00:00:f{number}"] = f"B:eth0(new{number})"
    station = Station(lab)

    def client(app: Application) -> Steps:
        yield from ping(app, lab.capture, "-c", "1", lab.server_ip)
        for number in ("", "2", "3"):
            app.mark(f"go{number}")
            yield from app.wait(f"done{number or '1'}")
        yield from ping(app, lab.capture, "-c", "1", lab.server_ip)

    def server(app: Application) -> Steps:
        for number, option in ((1, "-A"), (2, "-U")):
            yield from app.wait(f"go{number if number > 1 else ''}")
            yield from app.sleep(1.2)
            yield from _set_mac(app, station, number)
            yield from app.note(f"$ arping -c 1 {option} -I eth0 10.0.0.2")
            yield from app.sleep(_ARPING_START)
            station.arping(option)
            yield from app.sleep(1)
            app.mark(f"done{number}")
        yield from app.wait("go3")
        yield from app.sleep(1.2)
        yield from app.note("$ ip link set eth0 down")
        yield from _set_mac(app, station, 3)
        yield from app.note("$ ip link set eth0 up")
        yield from app.sleep(_LINK_UP)
        station.come_up()
        yield from app.sleep(0.2)
        app.mark("done3")

    lab.run("A", "client", client)
    lab.run("B", "server", server)


_ARPING_START = 0.0014
_LINK_UP = 0.001
"""From the start of the program to its frame, in seconds."""


def _set_mac(app: Application, station: Station, number: int) -> Steps:
    yield from app.note(f"$ ip link set eth0 address 02:00:00:00:00:f{number}")
    station.set_mac(0x0200_0000_00F0 + number)


class Station:
    """What `ip link` and `arping` do with B's interface."""

    def __init__(self, lab: Laboratory) -> None:
        self._stack = lab.stack("B")
        self._interface = lab.interface("B")
        self._watcher = lab.watcher
        self._scheduler = lab.scheduler
        self._was_passed_on = any(
            (frame["if"], frame["dir"], frame["eth"]["src"]) == ("A:eth0", "in", "B:eth0(new3)")
            for frame in lab.capture.frames
        )
        self._address = self._interface.addresses[0][0]

    def set_mac(self, mac: int) -> None:
        """A new address of its own; the kernel forgets the interface's neighbors."""
        self._interface.mac = mac
        for neighbor in self._stack.ip.neighbors.entries.values():
            if neighbor.alarm is not None:
                neighbor.alarm.cancel()
        self._stack.ip.neighbors.entries.clear()
        self._stack.ip.forget_hops()

    def arping(self, option: str) -> None:
        """-A: a reply that nobody asked for; -U: a request for the own address."""
        mac, own = self._interface.mac, self._address
        arp = Arp(REPLY, mac, own, mac, own) if option == "-A" else Arp(REQUEST, mac, own, BROADCAST_MAC, own)
        self._interface.transmit(Frame(BROADCAST_MAC, mac, ETHERTYPE_ARP, arp))

    def come_up(self) -> None:
        """arp_notify; the socket that captured on this interface had missed that it was up again.

        So may the switch, whose port forwards only a moment after its cable has a carrier: the recording tells.
        """
        transmit = self._interface.transmit
        if not self._was_passed_on:
            self._interface.transmit = self._arrive_at_closed_port
        self._watcher.pause("B:eth0")
        self._stack.ip.neighbors.announce(self._interface, self._address)
        self._watcher.resume("B:eth0")
        self._interface.transmit = transmit

    def _arrive_at_closed_port(self, frame: Frame) -> None:
        self._watcher.frame_arrived(self._scheduler.now, "SW:p2", frame)


def queue(lab: Laboratory) -> None:
    def server(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.bind(("0.0.0.0", PORT))
        app.mark("r")
        socket.plain.timeout = 1
        while not (yield from attempt(socket.recvfrom(2000))):
            pass

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        socket = yield from app.udp()
        note = app.next_call()  # 10 x sendto
        for number in range(int(note.split()[0])):
            yield from socket.plain.sendto(b"%02d" % number, lab.address)
        yield from app.note(note)

    lab.run("B", "server", server)
    lab.run("A", "client", client)


def unknown_unicast(lab: Laboratory) -> None:
    lab.know("A", "10.0.0.2", "B:eth0")
    lab.know("B", "10.0.0.1", "A:eth0")
    pings(lab)


FAMILIES: Families = {
    "14_arp": pings,
    "14b_arp_tcp_confirm": confirmed_by_tcp,
    "14c_gratuitous_arp": announcements,
    "14d_arp_queue": queue,
    "18_switch_learning": pings,
    "18b_hub": pings,
    "18c_unknown_unicast_flood": unknown_unicast,
}
