"""Mutants of ARP and of the neighbor cache."""

from __future__ import annotations

from tests.mutants.planting import mutant

NEIGHBORS = (
    mutant(
        "ARP asks nobody",
        "The first ARP request goes to 00:00:00:00:00:00 instead of to everyone.",
        ("stack.neighbors:Neighbors.resolve", "neighbor, BROADCAST_MAC", "neighbor, NO_MAC"),
    ),
    mutant(
        "ARP reply is broadcast",
        "An ARP reply goes to everyone.",
        ("stack.neighbors:Neighbors.arrives", "(interface, arp.sender_mac,", "(interface, BROADCAST_MAC,"),
    ),
    mutant(
        "ARP reply is missing",
        "Nobody answers ARP requests.",
        ("stack.neighbors:Neighbors.arrives", "if is_asked:", "if False:"),
    ),
    mutant(
        "ARP answers for others",
        "A host answers ARP requests for any address.",
        ("stack.neighbors:Neighbors.arrives", "self._asks_for_us(arp)", "arp.operation == REQUEST"),
    ),
    mutant(
        "ARP reply names a wrong sender",
        "An ARP reply carries the asker's address as the sender's.",
        ("stack.neighbors:Neighbors.arrives", "interface.mac, arp.target_ip,", "interface.mac, arp.sender_ip,"),
    ),
    mutant(
        "ARP request fills the target MAC",
        "An ARP request carries ff:ff:ff:ff:ff:ff where nothing is known yet.",
        ("stack.neighbors:Neighbors._ask", "NO_MAC", "BROADCAST_MAC"),
    ),
    mutant(
        "ARP frames are padded",
        "ARP frames are filled up to 60 bytes.",
        ("stack.neighbors:Neighbors._send_arp", "reason, cause))", "reason, cause, -1, bytes(18)))"),
    ),
    mutant(
        "ARP does not learn from requests",
        "Whoever is asked does not remember who asked.",
        ("stack.neighbors:Neighbors.arrives", "known = self.entry(interface, arp.sender_ip)", "pass"),
    ),
    mutant(
        "ARP does not trust an answer",
        "An answered entry is STALE instead of REACHABLE.",
        ("stack.neighbors:Neighbors._learn", "state = NeighborState.REACHABLE", "state = NeighborState.STALE"),
    ),
    mutant(
        "ARP forgets",
        "Every packet asks anew for its neighbor's address.",
        ("stack.neighbors:Neighbors._learn", "item.cause, now)",
         "item.cause, now); self._change(neighbor, NeighborState.FAILED, NO_MAC, 0, 0, now)"),
    ),
    mutant(
        "ARP probe is broadcast",
        "The check of an old entry asks everyone.",
        ("stack.neighbors:Neighbors._probe", "neighbor, neighbor.mac,", "neighbor, BROADCAST_MAC,"),
    ),
    mutant(
        "ARP probe is missing",
        "An old entry is never checked.",
        ("stack.neighbors:Neighbors._probe", "self._ask(neighbor, neighbor.mac, reasons.ARP_PROBE, 0)", "pass"),
    ),
    mutant(
        "ARP probes too early",
        "An old entry is checked one second after its first use.",
        ("stack.profile:Profile.__init__", "self.neigh_delay_first_probe_time: int = 5 * SECOND",
         "self.neigh_delay_first_probe_time: int = 1 * SECOND"),
    ),
    mutant(
        "ARP asks once",
        "A request that nobody answers is not repeated.",
        ("stack.neighbors:Neighbors._no_answer", "self._host.profile.neigh_mcast_solicit", "1"),
    ),
    mutant(
        "ARP asks again too late",
        "A request that nobody answers is repeated after two seconds.",
        ("stack.profile:Profile.__init__", "self.neigh_retrans_time: int = 1 * SECOND",
         "self.neigh_retrans_time: int = 2 * SECOND"),
    ),
    mutant(
        "ARP loses the packet",
        "The packet that waits for an ARP reply is thrown away.",
        ("stack.neighbors:Neighbors._learn", "waited = self._take_waiting(neighbor)",
         "self._take_waiting(neighbor); waited = ()"),
    ),
    mutant(
        "packets do not wait for ARP",
        "A packet leaves for 00:00:00:00:00:00 when its neighbor's MAC is not known.",
        ("stack.neighbors:Neighbors.send", "if neighbor.is_valid:", "if True:"),
    ),
    mutant(
        "host asks ARP for distant addresses",
        "A host with a gateway asks on its own network for addresses beyond it.",
        ("stack.ip:IpLayer._hop_by", "(interface, route.gateway or dst)", "(interface, dst)"),
    ),
)  # fmt: skip
