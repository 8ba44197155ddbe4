"""The simulated world beside the completion times that the lab measured on Linux 6.18, which are kept in the bench."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench import completion
from bench.completion import CONTROLS, LOSSES, ROUND_TRIPS, Cell, Report, Row

MEASURED = msgspec.json.decode((Path(completion.__file__).with_name("completion.json")).read_bytes(), type=Report)
ROWS = {row.cell: row for row in MEASURED.rows}


def now(row: Row) -> Row:
    return completion.compare(row, MEASURED)


def test_every_cell_has_been_measured() -> None:
    assert set(ROWS) == {Cell(loss, rtt, control) for loss in LOSSES for rtt in ROUND_TRIPS for control in CONTROLS}
    assert {len(row.pairs) for row in MEASURED.rows} == {20}


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("rtt", ROUND_TRIPS)
def test_without_loss_a_transfer_takes_as_long_as_the_kernels(rtt: int, control: str) -> None:
    """All seeds are alike then, so one is enough."""
    row = ROWS[Cell(0.0, rtt, control)]
    assert now(Row(row.cell, row.pairs[:1])).simulated == pytest.approx(row.lab, rel=completion.TOLERANCE)


@pytest.mark.slow
def test_where_transfers_lie_far_apart_the_median_of_many_is_that_of_the_kernel() -> None:
    row = next(row for row in MEASURED.again if row.cell == Cell(5.0, 0, "cubic"))
    assert len(row.pairs) == 100
    assert now(row).is_close


@pytest.mark.slow
@pytest.mark.parametrize("cell", [cell for cell in ROWS if 0 < cell.loss <= 1 and cell.rtt == 20], ids=str)
def test_with_losses_the_median_is_that_of_the_kernel(cell: Cell) -> None:
    assert now(ROWS[cell]).is_close
