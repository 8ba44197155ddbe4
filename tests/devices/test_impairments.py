"""The draws behind a bad link, against the formulas of the models."""

from __future__ import annotations

from itertools import groupby

import pytest

from simnet.devices.impairments import Chance, GilbertElliott, Impairments, with_bit_flipped
from simnet.devices.properties import Bursts, Properties
from simnet.engine.randomness import stream
from simnet.wire import ethernet
from simnet.wire.frame import RUNT, Frame
from simnet.wire.payload import Raw

DRAWS = 20_000


def share(dice: Chance | GilbertElliott) -> float:
    return sum(dice.happens() for _ in range(DRAWS)) / DRAWS


@pytest.mark.parametrize("probability", [0.01, 0.5, 1.0])
def test_a_chance_comes_true_as_often_as_it_says(probability: float) -> None:
    deviation = (probability * (1 - probability) / DRAWS) ** 0.5
    assert abs(share(Chance(probability, stream(1, "chance"))) - probability) <= 4 * deviation


@pytest.mark.parametrize(
    ("to_bad", "to_good", "loss_good", "loss_bad"),
    [(0.01, 0.2, 0.0, 1.0), (0.05, 0.05, 0.0, 0.5), (0.2, 0.8, 0.1, 0.9), (0.0, 1.0, 0.25, 1.0)],
)
def test_bursts_lose_the_share_of_the_model(to_bad: float, to_good: float, loss_good: float, loss_bad: float) -> None:
    """Elliott 1963: the stationary chance of the bad state is to_bad / (to_bad + to_good)."""
    model = GilbertElliott(
        to_bad=to_bad, to_good=to_good, loss_good=loss_good, loss_bad=loss_bad, stream=stream(3, "loss")
    )
    bad = to_bad / (to_bad + to_good)
    assert share(model) == pytest.approx(bad * loss_bad + (1 - bad) * loss_good, rel=0.1)


def test_bursts_last_as_long_as_the_model_says() -> None:
    model = GilbertElliott(to_bad=0.01, to_good=0.25, loss_good=0.0, loss_bad=1.0, stream=stream(4, "loss"))
    outcomes = [model.happens() for _ in range(5 * DRAWS)]
    lengths = [len(list(run)) for lost, run in groupby(outcomes) if lost]
    assert sum(lengths) / len(lengths) == pytest.approx(1 / 0.25, rel=0.1)
    gaps = [len(list(run)) for lost, run in groupby(outcomes) if not lost]
    assert sum(gaps) / len(gaps) == pytest.approx(1 / 0.01, rel=0.15)
    singles = sum(length == 1 for length in lengths) / len(lengths)
    assert singles == pytest.approx(0.25, rel=0.15)  # geometric, not a fixed length


def test_turning_one_impairment_on_changes_nothing_in_the_others() -> None:
    def losses(properties: Properties) -> list[bool]:
        chance = Impairments(properties, lambda purpose: stream(5, purpose))
        answers = []
        for _ in range(200):
            answers.append(chance.loss.happens())
            chance.corruption.happens()
            chance.duplication.happens()
            chance.reordering.happens()
            chance.lateness()
        return answers

    alone = losses(Properties(loss=0.3))
    assert 30 < sum(alone) < 90
    assert losses(Properties(loss=0.3, corrupt=0.5, duplicate=0.5, reorder=0.5, jitter=9)) == alone


def test_a_burst_uses_the_plain_loss_between_bursts() -> None:
    properties = Properties(loss=0.2, bursts=Bursts(enter=0.0, leave=1.0))
    chance = Impairments(properties, lambda purpose: stream(6, purpose))
    assert sum(chance.loss.happens() for _ in range(DRAWS)) / DRAWS == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize(
    ("byte", "expected"),
    [(0, b"\x03\x01\x02"), (2, b"\x02\x01\x03"), (99, b"\x02\x01\x03"), (-1, b"\x02\x01\x03")],
)
def test_a_bit_is_flipped_where_it_should_be(byte: int, expected: bytes) -> None:
    frame = Frame(0, 0, RUNT, Raw(b"\x02\x01\x02"), id=5)
    assert ethernet.pack(with_bit_flipped(frame, byte, 1)) == expected


def test_an_empty_frame_has_no_bit_to_flip() -> None:
    frame = Frame(0, 0, RUNT, Raw(b""), id=5)
    assert with_bit_flipped(frame, 0, 1) is frame
