"""All mutants, in the order in which they are tried."""

from __future__ import annotations

from tests.mutants.addresses import NEIGHBORS
from tests.mutants.cables import CABLES, HUBS, SWITCHES
from tests.mutants.connections import CLOSING, OPENING, REPAIRING, TALKING
from tests.mutants.gateways import GATEWAYS
from tests.mutants.packets import ICMP, IPV4, UDP

CATALOGUE = (
    *CABLES, *HUBS, *SWITCHES, *REPAIRING, *CLOSING, *OPENING, *TALKING, *GATEWAYS, *UDP, *ICMP, *NEIGHBORS, *IPV4,
)  # fmt: skip
