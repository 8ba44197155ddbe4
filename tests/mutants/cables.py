"""Mutants of cables, hubs and switches."""

from __future__ import annotations

from tests.mutants.planting import mutant

CABLES = (
    mutant(
        "link loses nothing",
        "A lossy link delivers every frame.",
        ("devices.direction:Direction.send", "if self._loss is not None and self._loss.happens():", "if False:"),
        ("devices.direction:Direction._carry", "if chance.loss.happens():", "if False:"),
    ),
    mutant(
        "link loses too much",
        "A lossy link loses eight times as many frames as it should.",
        ("devices.impairments:Chance.happens", "< self._probability", "< 8 * self._probability"),
    ),
    mutant(
        "link duplicates",
        "A lossy link delivers every frame twice.",
        ("devices.direction:Direction._choose_path", "chance is None or chance.only_loses", "chance is None"),
        ("devices.direction:Direction._carry", "if chance.duplication.happens():", "if True:"),
    ),
    mutant(
        "link corrupts",
        "A lossy link flips a bit of every frame.",
        ("devices.direction:Direction._choose_path", "chance is None or chance.only_loses", "chance is None"),
        ("devices.direction:Direction._carry", "if chance.corruption.happens():", "if True:"),
    ),
    mutant(
        "link reorders",
        "On a lossy link some frames overtake others.",
        ("devices.direction:Direction._choose_path", "chance is None or chance.only_loses", "chance is None"),
        ("devices.direction:Direction._carry", "if chance.reordering.happens():", "if self.sent % 5 == 0:"),
    ),
    mutant(
        "link has no delay",
        "A frame arrives as soon as its last bit has left.",
        ("devices.direction:Direction.send", "arrives = leaves + self._delay", "arrives = leaves"),
    ),
    mutant(
        "moved cable is dead",
        "After a cable was moved to another port it carries nothing.",
        ("devices.link:Link.move", "if not self.is_cut:", "if self.is_cut:"),
    ),
    mutant(
        "copies have a wrong source MAC",
        "Hubs and switches write a source MAC of their own into what they pass on.",
        ("devices.relay:relayed", "frame.dst, frame.src,", "frame.dst, frame.src ^ 1,"),
    ),
)

HUBS = (
    mutant(
        "hub echoes",
        "A hub sends a frame back to where it came from, too.",
        ("devices.hub:Hub.receive", "out is not port and out.has_carrier", "out.has_carrier"),
    ),
    mutant(
        "hub repeats to one port",
        "A hub repeats a frame to one other port only.",
        (
            "devices.hub:Hub.receive",
            "for out in reversed(self.ports):",
            "for out in [other for other in self.ports if other is not port][:1]:",
        ),
    ),
    mutant(
        "hub remembers",
        "A hub sends a frame with a known destination to one port only, as a switch does.",
        (
            "devices.hub:Hub.receive",
            "for out in reversed(self.ports):",
            "for out in [other for other in self.ports if frame.dst >> 40 & 1 or hex(frame.dst)[-1] in other.name]:",
        ),
    ),
)

SWITCHES = (
    mutant(
        "switch always floods",
        "A switch sends every frame to all ports, as a hub does.",
        ("devices.switch:Switch.receive", "if station is None or now - station.seen >= self.ageing:", "if True:"),
    ),
    mutant(
        "switch never floods",
        "A switch throws away what is for a station it does not know.",
        ("devices.switch:Switch.receive", "self._flood(frame, port)", "pass"),
    ),
    mutant(
        "switch floods back",
        "A switch floods to the port a frame came from, too.",
        ("devices.switch:Switch._flood", "out is not port and out.has_carrier", "out.has_carrier"),
    ),
    mutant(
        "switch never learns",
        "A switch does not look at source addresses.",
        ("devices.switch:Switch.receive", "self._learn(frame, port, now)", "pass"),
    ),
    mutant(
        "switch learns the destination",
        "A switch takes the destination address for the sender's.",
        ("devices.switch:Switch._learn", "mac = frame.src", "mac = frame.dst"),
    ),
    mutant(
        "switch does not see moves",
        "A switch believes for ever that a station is where it was seen first.",
        (
            "devices.switch:Switch.receive",
            "if station is not None and station.port is port:",
            "if station is not None:",
        ),
        ("devices.switch:Switch._carrier_changed", "if not port.has_carrier:", "if False:"),
    ),
    mutant(
        "switch ages at once",
        "A switch forgets a station after 150 ms.",
        (
            "devices.switch:Switch.receive",
            "now - station.seen >= self.ageing",
            "now - station.seen >= 150_000_000",
        ),
    ),
    mutant(
        "switch never ages",
        "A switch remembers stations that have been silent for longer than its ageing time.",
        (
            "devices.switch:Switch.receive",
            "if station is None or now - station.seen >= self.ageing:",
            "if station is None:",
        ),
        ("devices.switch:Switch._sweep", "if now - station.seen >= self.ageing:", "if False:"),
    ),
)
