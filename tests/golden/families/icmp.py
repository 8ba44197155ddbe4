"""Family 13: ping, TTL, unknown hosts and networks, rate limits, redirects, loops."""

from __future__ import annotations

from simnet.stack.routes import RouteKind
from tests.golden.application import Application, Steps, attempt
from tests.golden.captures import Fields, nanoseconds
from tests.golden.families.ping import ping
from tests.golden.families.tcp_program import Families
from tests.golden.laboratory import PORT, Laboratory


def pings(lab: Laboratory) -> None:
    """The client runs ping, as often and with what arguments the recording shows."""

    def program(app: Application) -> Steps:
        while app.next_call().startswith(_COMMAND):
            yield from ping(app, lab.capture, *app.next_call().removeprefix(_COMMAND).split())

    lab.run(lab.client, "ping", program)


_COMMAND = "$ ping "


def no_route(lab: Laboratory) -> None:
    def program(app: Application) -> Steps:
        yield from ping(app, lab.capture, "-c", "1", "-W", "1", "10.99.0.1")
        connection = yield from app.tcp()
        yield from attempt(connection.connect(("10.99.0.1", PORT)))

    lab.run(lab.client, "ping", program)


_CALL_TO_FRAME = 8_000


def rate_limit(lab: Laboratory) -> None:
    """Datagrams to a closed port, whose calls were not logged: the frames tell when."""

    def client(app: Application) -> Steps:
        socket = yield from app.udp()
        for number, sent in enumerate(filter(_is_question, lab.capture.frames)):
            yield from app.until(app.origin + nanoseconds(sent["t"]) - _CALL_TO_FRAME)
            yield from socket.plain.sendto(b"%02d" % number, lab.address)
        yield from app.note(app.next_call())

    lab.run(lab.client, "client", client)


def _is_question(frame: Fields) -> bool:
    return "udp" in frame and (frame["if"], frame["dir"]) in (("A:eth0", "out"), ("A:lo", "in"))


def error_during_connect(lab: Laboratory) -> None:
    lab.route("A", "0.0.0.0/0", "10.0.0.2")
    lab.refuse_route("B", RouteKind.UNREACHABLE, "10.98.0.0/16")
    lab.refuse_route("B", RouteKind.PROHIBIT, "10.97.0.0/16")
    gap = 3 if lab.is_variant("3s_apart") else 0

    def client(app: Application) -> Steps:
        for address in ("10.99.0.1", "10.98.0.1", "10.97.0.1"):
            connection = yield from app.tcp()
            yield from attempt(connection.connect((address, PORT)))
            yield from app.sleep(gap)

    lab.run("A", "client", client)


def redirect(lab: Laboratory) -> None:
    """A's gateway is C, but the network is behind B."""
    lab.forward("B")
    lab.forward("C")
    lab.address_on_lo("B", "10.5.0.1/24")
    lab.route("C", "10.5.0.0/24", "10.0.0.2")
    lab.route("A", "0.0.0.0/0", "10.0.0.3")
    pings(lab)


def routing_loop(lab: Laboratory) -> None:
    lab.route("R1", "10.9.0.0/16", "10.0.12.2")
    lab.route("R2", "10.9.0.0/16", "10.0.12.1")
    pings(lab)


FAMILIES: Families = {
    "13_ping": pings,
    "13b_ping_ttl": pings,
    "13c_ping_unknown_host": pings,
    "13d_no_route": no_route,
    "13f_ping_big_fragments": pings,
    "13g_icmp_rate_limit": rate_limit,
    "13h_icmp_error_during_connect": error_during_connect,
    "13i_icmp_redirect": redirect,
    "13j_routing_loop": routing_loop,
}
