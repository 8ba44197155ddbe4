"""Family 13: ping, TTL, unknown hosts and networks, rate limits, redirects, loops."""

from __future__ import annotations

from simnet.stack.routes import RouteKind
from tests.golden.application import Application, Steps, attempt
from tests.golden.families.ping import ping
from tests.golden.families.tcp_program import Families
from tests.golden.laboratory import PORT, Laboratory, Program


def pinging(lab: Laboratory, *arguments: str) -> Program:
    """A program that runs ping once."""

    def program(app: Application) -> Steps:
        yield from ping(app, lab.capture, *arguments)

    return program


def plain(lab: Laboratory) -> None:
    lab.run(lab.client, "ping", pinging(lab, "-c", "3", "-i", "0.2", lab.server_ip))


def ttl(lab: Laboratory) -> None:
    def program(app: Application) -> Steps:
        for limit in (1, 2, 3):
            yield from ping(app, lab.capture, "-c", "1", "-W", "1", "-t", str(limit), lab.server_ip)

    lab.run(lab.client, "ping", program)


def unknown_host(lab: Laboratory) -> None:
    address = {"lan": "10.0.0.77", "routers": "10.0.2.77"}[lab.capture.topology]
    lab.run(lab.client, "ping", pinging(lab, "-c", "4", "-i", "1", "-W", "4", address))


def no_route(lab: Laboratory) -> None:
    def program(app: Application) -> Steps:
        yield from ping(app, lab.capture, "-c", "1", "-W", "1", "10.99.0.1")
        connection = yield from app.tcp()
        yield from attempt(connection.connect(("10.99.0.1", PORT)))

    lab.run(lab.client, "ping", program)


def big_fragments(lab: Laboratory) -> None:
    lab.run(lab.client, "ping", pinging(lab, "-c", "1", "-s", "4000", lab.server_ip))


def rate_limit(lab: Laboratory) -> None:
    def client(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from app.until(app.origin)
        for number in range(24):
            if number == 20:
                yield from app.sleep(1.2)
            yield from socket.plain.sendto(b"%02d" % number, lab.address)
            yield from app.sleep(0.01025)
        yield from app.note("24 datagrams")

    lab.run(lab.client, "client", client)


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
    lab.run("A", "ping", pinging(lab, "-c", "4", "-i", "0.3", "10.5.0.1"))


def routing_loop(lab: Laboratory) -> None:
    lab.route("R1", "10.9.0.0/16", "10.0.12.2")
    lab.route("R2", "10.9.0.0/16", "10.0.12.1")
    lab.run("A", "ping", pinging(lab, "-c", "1", "-W", "1", "-t", "10", "10.9.0.1"))


FAMILIES: Families = {
    "13_ping": plain,
    "13b_ping_ttl": ttl,
    "13c_ping_unknown_host": unknown_host,
    "13d_no_route": no_route,
    "13f_ping_big_fragments": big_fragments,
    "13g_icmp_rate_limit": rate_limit,
    "13h_icmp_error_during_connect": error_during_connect,
    "13i_icmp_redirect": redirect,
    "13j_routing_loop": routing_loop,
}
