"""Family 07: a SYN that nobody answers."""

from __future__ import annotations

from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import Tcp
from tests.golden.families.opening_and_closing import refused
from tests.golden.families.tcp_program import Families
from tests.golden.laboratory import PORT, Laboratory


def blackhole(lab: Laboratory) -> None:
    """B drops what is for port 5000 before TCP sees it."""
    lab.drop_input("B", _is_for_port)
    refused(lab)


def _is_for_port(packet: Ipv4) -> bool:
    return isinstance(packet.payload, Tcp) and packet.payload.dst_port == PORT


FAMILIES: Families = {
    "07_syn_blackhole": blackhole,
    "07b_syn_schedule_default": blackhole,
}
