"""DOT and Mermaid: the same devices, links and words as in the picture."""

from __future__ import annotations

from simnet.trace.network import DeviceEntry, Kind, NetworkMap
from simnet.views import dot, mermaid
from simnet.views.hops import Lanes
from tests.views.shapes import two_homes
from tests.views.stories import handshake, handshake_network, lossy

HANDSHAKE_MERMAID = """\
---
title: "the \\"first\\" one"
---
graph LR
  d0["client<br>192.168.1.10/24"]:::host
  d1["server<br>10.0.0.80/24"]:::host
  d2(["s1"]):::switch
  d3(("r1")):::router
  d0 ---|"eth0 — p1"| d2
  d2 ---|"p2 — lan 192.168.1.1/24"| d3
  d3 ---|"wan 10.0.0.1/24 — eth0<br>5ms"| d1
  classDef host stroke:#1d4f80,stroke-width:2px
  classDef switch stroke:#17664f,stroke-width:2px
  classDef router stroke:#8a3d12,stroke-width:2px
"""


def test_mermaid_of_the_first_network() -> None:
    assert mermaid.network(handshake_network(), title='the "first" one') == HANDSHAKE_MERMAID


def test_mermaid_escapes_its_own_signs() -> None:
    strange = NetworkMap((DeviceEntry('a"];b#<c>', Kind.HOST),))
    assert mermaid.network(strange).splitlines()[4] == '  d0["a#34;#93;#59;b#35;#60;c#62;"]:::host'


def test_dot_has_every_device_and_link() -> None:
    text = dot.network(two_homes(), title='a "title"')
    assert text.startswith('graph "a \\"title\\"" {')
    for device in two_homes().devices:
        assert f'  "{device.name}" [label=' in text
    assert text.count(" -- ") == len(two_homes().links)
    assert '"gw1" -- "isp" [taillabel="wan\\n203.0.113.2/30", headlabel="p1\\n203.0.113.1/30", label="10ms"]' in text


def test_the_ladder_in_mermaid() -> None:
    lines = mermaid.ladder(lossy()).splitlines()
    assert lines[:3] == ["sequenceDiagram", "  actor p0 as client", "  actor p1 as server"]
    assert "  p0-xp1: 0.000 ms SYN — lost on the link" in lines
    assert "  p0-->>p1: 1000.000 ms SYN #40;again: no answer#41;" in lines
    assert "  Note over p1: SYN-RECEIVED" in lines
    assert lines.index("  Note over p0: SYN-SENT") < lines.index("  p0-xp1: 0.000 ms SYN — lost on the link")


def test_the_ladder_in_mermaid_has_a_limit() -> None:
    text = mermaid.ladder(handshake(), rows=4, rest="take more")
    assert text.count("->>") == 4
    assert text.splitlines()[-1].endswith("more arrows: take more")
    assert len(mermaid.ladder(handshake())) < 50_000


def test_end_points_only() -> None:
    assert " as s1" not in mermaid.ladder(handshake(), lanes=Lanes.ENDS)
