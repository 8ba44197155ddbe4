"""Mutants of network address translation."""

from __future__ import annotations

from tests.mutants.planting import mutant

GATEWAYS = (
    mutant(
        "NAT translates nothing",
        "Packets leave the gateway with private addresses.",
        ("stack.nat:Nat._outward", "return _readdressed(packet, conversation.outside)", "return packet"),
    ),
    mutant(
        "NAT does not translate replies",
        "Answers stay with the gateway.",
        ("stack.nat:Nat._inward", "return _readdressed(packet, conversation.inside.reversed())", "return packet"),
    ),
    mutant(
        "NAT takes another port",
        "The gateway changes a source port that is free.",
        ("stack.conntrack:Conversations._free_port", "if self._is_free(flow, flow.src_port, now):", "if False:"),
    ),
    mutant(
        "NAT takes a port that is in use",
        "The gateway gives two conversations the same port.",
        ("stack.conntrack:Conversations._free_port", "if self._is_free(flow, flow.src_port, now):", "if True:"),
    ),
    mutant(
        "NAT forgets the port",
        "The gateway translates the address and leaves the port.",
        ("stack.nat:_readdressed", "flow.src_port, flow.dst_port, payload.seq",
         "payload.src_port, payload.dst_port, payload.seq"),
    ),
    mutant(
        "NAT takes the first inner host",
        "All answers go to the inner host that spoke first.",
        ("stack.conntrack:Conversations.find_from_outside", "self._by_outside.get(flow.reversed().key)",
         "self._by_outside.get(flow.reversed().key) and next(iter(self._by_outside.values()))"),
    ),
    mutant(
        "NAT changes sequence numbers",
        "The gateway adds one to the sequence number of data.",
        ("stack.nat:_readdressed", "payload.seq,", "payload.seq + bool(payload.data),"),
    ),
    mutant(
        "NAT resets the TTL",
        "A translated packet leaves with a fresh TTL.",
        ("stack.nat:_with_payload", "packet.ttl,", "64,"),
    ),
    mutant(
        "port forward is ignored",
        "Nobody outside reaches a forwarded port.",
        ("stack.nat:Nat._inward", "target = self._forwards.get((flow.protocol, flow.dst_port))", "target = None"),
    ),
    mutant(
        "port forward keeps the port",
        "A forwarded packet reaches the inner host at the public port.",
        ("stack.nat:Nat._inward", "target[0], target[1],", "target[0], flow.dst_port,"),
    ),
)  # fmt: skip
