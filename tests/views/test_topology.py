"""The topology diagram: nothing overlaps and everything is readable, from 2 to 200 devices of many shapes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.views import topology
from simnet.views.drawing import Drawing, Group, Text, box_of, flat, texts_overlap
from simnet.views.hops import device_of
from simnet.views.theme import LIGHT
from tests.views.shapes import campus_of, line_of, mesh_of, ring_of, star_of, tree_of, two_homes
from tests.views.stories import handshake_network, network

SHAPES: dict[str, Callable[[int], NetworkMap]] = {
    "line": line_of,
    "star": star_of,
    "campus": campus_of,
    "tree": tree_of,
    "ring": ring_of,
    "mesh": mesh_of,
}
SIZES = (2, 3, 5, 8, 13, 24, 40, 61)


def groups(drawing: Drawing, prefix: str) -> list[Group]:
    return [shape for shape in drawing.shapes if isinstance(shape, Group) and shape.name.startswith(prefix)]


def texts(drawing: Drawing) -> list[Text]:
    return [shape for shape in flat(drawing.shapes) if isinstance(shape, Text)]


def overlaps(drawing: Drawing) -> list[str]:
    """What lies on what: devices with all their words, and all texts."""
    found = []
    boxes = [(group.name, box_of(group)) for group in groups(drawing, "device:")]
    for index, (name, box) in enumerate(boxes):
        found += [f"{name} on {other}" for other, there in boxes[index + 1 :] if box.overlaps(there)]
    words = texts(drawing)
    for index, word in enumerate(words):
        found += [f"{word.text} on {other.text}" for other in words[index + 1 :] if texts_overlap(word, other)]
    symbols = [
        (group.name, box_of(Group(tuple(part for part in group.shapes if not isinstance(part, Text)))))
        for group in groups(drawing, "device:")
    ]
    for word in words:
        box = box_of(word)
        found += [f"{word.text} on the symbol {name}" for name, there in symbols if box.overlaps(there)]
    return found


def assert_readable(drawing: Drawing, count: int) -> None:
    assert overlaps(drawing) == []
    assert min(text.size for text in texts(drawing)) * drawing.a4_scale() >= 7
    assert len(groups(drawing, "device:")) == count
    for shape in drawing.shapes:
        box = box_of(shape)
        assert 0 <= box.left and box.right <= drawing.width and 0 <= box.top and box.bottom <= drawing.height
    assert {text.role for text in texts(drawing)} <= set(LIGHT)


@pytest.mark.parametrize(
    ("shape", "size"), [(shape, size) for shape in SHAPES for size in SIZES if size > 2 or shape != "ring"]
)
def test_nothing_overlaps_and_all_is_readable(shape: str, size: int) -> None:
    network = SHAPES[shape](size)
    assert_readable(topology.draw(network), len(network.devices))


@pytest.mark.slow
@pytest.mark.parametrize("size", [91, 130, 200])
@pytest.mark.parametrize("shape", SHAPES)
def test_large_networks_fit_a_page(shape: str, size: int) -> None:
    assert_readable(topology.draw(SHAPES[shape](size)), size)


def test_two_homes_show_every_address_and_port() -> None:
    drawing = topology.draw(two_homes())
    assert_readable(drawing, 10)
    shown = {text.text for text in texts(drawing)}
    for device in two_homes().devices:
        assert device.name in shown
        for port in device.ports:
            assert port.name.partition(":")[2] in shown
            assert set(port.addresses) <= shown
    assert {"192.168.1.0/24", "198.51.100.0/24", "10ms"} <= shown


def test_the_authors_positions_win() -> None:
    given = {"client": (0.0, 0.0), "server": (3.0, 0.0), "s1": (1.0, 1.0), "r1": (2.0, 1.0)}
    map_ = handshake_network()
    placed = NetworkMap(
        tuple(DeviceEntry(device.name, device.kind, device.ports, given[device.name]) for device in map_.devices),
        map_.links,
    )
    drawing = topology.draw(placed)
    assert_readable(drawing, 4)
    centers = {name: _symbol_center(drawing, name) for name in given}
    unit = (centers["server"][0] - centers["client"][0]) / 3
    for name, (x, y) in given.items():
        assert centers[name][0] - centers["client"][0] == pytest.approx(x * unit)
        assert centers[name][1] - centers["client"][1] == pytest.approx(y * unit, abs=1)


def _symbol_center(drawing: Drawing, name: str) -> tuple[float, float]:
    [group] = groups(drawing, f"device:{name}")
    box = box_of(Group(tuple(part for part in group.shapes if not isinstance(part, Text))))
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def test_devices_without_links_and_several_parts_are_drawn() -> None:
    alone = NetworkMap(
        (
            DeviceEntry("a", Kind.HOST, (PortEntry("a:eth0", "", ("10.0.0.1/24",)),)),
            DeviceEntry("b", Kind.HUB),
            DeviceEntry("c", Kind.GATEWAY),
        ),
        (LinkEntry("a:eth0", "b:p1", 10_000_000, 1000, 0.05),),
    )
    drawing = topology.draw(alone)
    assert_readable(drawing, 3)
    assert "10mbps, 5% loss" in {text.text for text in texts(drawing)}


def test_two_cables_between_the_same_devices_are_two_lines() -> None:
    double = network({"s1": Kind.SWITCH, "s2": Kind.SWITCH}, ["s1:p1 -- s2:p1", "s2:p2 -- s1:p2"])
    drawing = topology.draw(double)
    assert_readable(drawing, 2)
    boxes = [box_of(group) for group in groups(drawing, "link:")]
    assert len({round(box.top, 3) for box in boxes}) == 2


def test_an_empty_network_says_so() -> None:
    assert [text.text for text in texts(topology.draw(NetworkMap()))] == ["no devices"]


def test_every_device_of_the_network_is_told_in_words() -> None:
    drawing = topology.draw(two_homes())
    for device in two_homes().devices:
        assert device.name in drawing.description
    for link in two_homes().links:
        assert f"{link.a} is linked to {link.b}" in drawing.description
    titles = {group.name: group.title for group in groups(drawing, "device:")}
    assert "wan 203.0.113.2/30" in titles["device:gw1"]
    assert device_of("gw1:wan") == "gw1"


def test_long_names_are_cut_and_do_not_overlap() -> None:
    names = [f"workstation-number-{number}" for number in range(12)]
    links = [f"{name}:eth0 10.0.0.{index + 1}/24 -- s1:p{index}" for index, name in enumerate(names)]
    drawing = topology.draw(network(dict.fromkeys(names, Kind.HOST) | {"s1": Kind.SWITCH}, links))
    assert_readable(drawing, 13)
