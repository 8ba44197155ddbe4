"""Streams depend on seed and name, on nothing else."""

from __future__ import annotations

from simnet.engine.randomness import stream


def test_a_stream_is_the_same_on_every_machine() -> None:
    """The number is pinned: with another one, every run of every scenario would change."""
    for _ in range(2):
        assert stream(7, "link a:eth0 -- b:eth0/there/loss").getrandbits(32) == 256_832_400


def test_streams_of_other_names_and_seeds_are_others() -> None:
    firsts = {stream(seed, name).getrandbits(64) for seed in range(20) for name in ("a", "b", "1/a")}
    assert len(firsts) == 60
