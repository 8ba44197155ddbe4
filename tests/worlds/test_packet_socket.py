"""Frames at the far end of a real cable: their bytes, tags and times."""

from __future__ import annotations

import select
import socket
import time

from simnet.worlds.namespaces import enter_private
from simnet.worlds.netlink import CableEnd, Netlink
from simnet.worlds.packet_socket import drops, open_packet_socket, receive
from tests.worlds.conftest import Do, needs_namespaces

pytestmark = needs_namespaces

FRAMES = [
    bytes(12) + b"\x88\xb5" + b"plain".ljust(50),
    bytes(12) + b"\x81\x00\x60\x07\x88\xb5" + b"in VLAN 7, with priority 3".ljust(50),
    bytes(12) + b"\x81\x00\x00\x00\x88\xb5" + b"in none, a tag all the same".ljust(50),
    bytes(12) + b"\x88\xa8\x00\x05\x88\xb5" + b"in a provider's".ljust(50),
    bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x07\x88\xb5" + b"two tags".ljust(50),
]


def carried() -> tuple[list[bytes], bool, int]:
    """What a packet socket receives of `FRAMES`, whether the times are right, and what was lost."""
    enter_private()
    with Netlink() as netlink:
        netlink.add_cable(CableEnd("near", mtu=1500), CableEnd("far", mtu=1500))
        netlink.set_up("near")
        netlink.set_up("far")
        netlink.wait_until_running("near")
    with open_packet_socket("far") as far, socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as near:
        near.bind(("near", 0))
        before = time.time_ns()
        for frame in FRAMES:
            near.send(frame)
        found = []
        while len(found) < len(FRAMES) and select.select([far], [], [], 2)[0]:
            came = receive(far)
            assert came is not None
            found.append(came)
        assert receive(far) is None
        stamps = [stamp for stamp, _ in found]
        return [data for _, data in found], before <= min(stamps) <= max(stamps) <= time.time_ns(), drops(far)


def test_frames_come_with_their_tags_and_times(do: Do) -> None:
    assert do(carried) == (FRAMES, True, 0)
