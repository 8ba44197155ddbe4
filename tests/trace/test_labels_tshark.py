"""Labels inferred from the kernel's captures, compared with what tshark's analysis calls the same frames.

`tshark_labels.json` holds what tshark 4.0.17 says: for each capture the `tcp.analysis` flags of each frame
(lost segments and reused ports left out: they speak of other frames).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from simnet.trace.compare_rules import NORMALIZATIONS
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.files import open_trace
from simnet.trace.labels import Inference
from tests.golden.archive import PCAPS, unpack

RECORDED = Path(__file__).with_name("tshark_labels.json")
NOTHING = ""

DISAGREEMENTS = {
    ("retransmission", "out_of_order"): (
        52,
        "simnet is right: every byte of the segment was seen before, so it was sent again; tshark looks only at the "
        "time since the highest byte",
    ),
    (NOTHING, "duplicate_ack"): (
        33,
        "simnet is right: nothing was outstanding, so it is no duplicate ACK (RFC 5681, 2); these are challenge ACKs "
        "and answers to segments received twice",
    ),
    ("zero-window probe", "keep_alive"): (
        9,
        "simnet is right: the peer's window is zero; Linux probes it with an old sequence number and no data, as a "
        "keep-alive does",
    ),
    (NOTHING, "retransmission"): (
        1,
        "simnet is right: the first copy has a wrong checksum and was not received; tshark does not verify checksums",
    ),
}
"""What simnet and tshark call the same frames differently: how often, and who is right."""


@cache
def captures() -> dict[str, bytes]:
    """The golden captures by name."""
    return unpack(PCAPS)


def inferred(file: Path) -> dict[int, str]:
    """The label of each frame that has one, by its number."""
    inference = Inference()
    seen = (event for event in open_trace(file) if isinstance(event, (FrameSent, FrameArrived)))
    labels = ((number, inference.label(event)) for number, event in enumerate(seen, 1))
    return {number: label.value for number, label in labels if label is not None}


def disagreements(ours: dict[int, str], theirs: dict[str, list[str]]) -> Counter[tuple[str, str]]:
    """Pairs of names for the same frame that do not mean the same."""
    found: Counter[tuple[str, str]] = Counter()
    for number in ours.keys() | {int(number) for number in theirs}:
        mine, flags = ours.get(number, NOTHING), theirs.get(str(number), [])
        if mine.lower().replace(" ", "_").replace("-", "_") not in flags:
            found[mine, " ".join(flags)] += 1
    return found


def test_disagreements_with_tshark_are_known(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    assert recorded.keys() == captures().keys()
    found: Counter[tuple[str, str]] = Counter()
    labeled = 0
    file = tmp_path / "capture.pcap"
    for name, data in captures().items():
        file.write_bytes(data)
        found += disagreements(inferred(file), recorded[name])
        labeled += len(recorded[name])
    record_property("score", f"labels: {labeled} frames have one by tshark, {found.total()} are called otherwise here")
    assert dict(found) == {names: count for names, (count, _) in DISAGREEMENTS.items()}


def test_the_page_lists_the_disagreements_and_the_rules() -> None:
    """With who is right, as they stand here and in the program."""
    page = (Path(__file__).parents[2] / "docs" / "compare.md").read_text("utf-8")
    rows = [f"| {a or '–'} | {b or '–'} | {count} | {why} |" for (a, b), (count, why) in DISAGREEMENTS.items()]
    rows += [f"| `{name}` | {says} |" for name, says in NORMALIZATIONS.items()]
    assert [line for line in page.splitlines() if re.match(r"\| (?!name|simnet)", line)] == [
        *rows[len(DISAGREEMENTS) :],
        *rows[: len(DISAGREEMENTS)],
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", ["11_zero_window/lan/A-eth0.pcap", "15c_loss_request/corrupt_request/B-eth0.pcap"])
def test_what_is_recorded_is_what_tshark_says(tmp_path: Path, name: str) -> None:
    flags = sorted({flag for frame in json.loads(RECORDED.read_text("utf-8"))[name].values() for flag in frame})
    file = tmp_path / "capture.pcap"
    file.write_bytes(captures()[name])
    fields = [word for flag in flags for word in ("-e", f"tcp.analysis.{flag}")]
    command = ["tshark", "-n", "-r", str(file), "-T", "fields", "-E", "separator=;", *fields]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    said = {
        str(number): [flag for flag, value in zip(flags, row.split(";"), strict=True) if value]
        for number, row in enumerate(rows, 1)
    }
    assert {number: found for number, found in said.items() if found} == json.loads(RECORDED.read_text("utf-8"))[name]
