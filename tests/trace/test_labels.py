"""Labels: true where the sender said why, inferred as Wireshark does where it did not."""

from __future__ import annotations

import pytest

from simnet import reasons
from simnet.trace.events import FrameSent
from simnet.trace.labels import Inference, Label, true_label
from simnet.wire.ipv4 import TCP, UDP
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.udp import Udp
from tests.trace.samples import CLIENT, ip_frame, segment

OPENING = [(True, segment(True, 99, 0, SYN)), (False, segment(False, 499, 100, SYN | ACK)),
           (True, segment(True, 100, 500, ACK))]  # fmt: skip


def labels(*segments: tuple[bool, Tcp]) -> list[Label | None]:
    inference = Inference()
    found = []
    for number, (from_client, tcp) in enumerate([*OPENING, *segments], start=1):
        frame = ip_frame(from_client, TCP, tcp, number)
        found.append(inference.label(FrameSent(number, CLIENT, frame, number)))
    assert found[: len(OPENING)] == [None, None, None]
    return found[len(OPENING) :]


def data(seq: int, text: bytes = b"hello", ack: int = 500) -> tuple[bool, Tcp]:
    return True, segment(True, seq, ack, ACK | PSH, text)


def answer(ack: int, window: int = 64240) -> tuple[bool, Tcp]:
    return False, segment(False, 500, ack, ACK, b"", window)


def test_an_ordinary_exchange_has_no_labels() -> None:
    closing = (True, segment(True, 110, 500, FIN | ACK))
    assert labels(data(100), answer(105), data(105), answer(110), closing) == [None] * 5


def test_data_seen_before_is_a_retransmission() -> None:
    assert labels(data(100), data(100)) == [None, Label.RETRANSMISSION]


def test_data_that_fills_a_gap_is_out_of_order() -> None:
    assert labels(data(110), data(105), data(105)) == [None, Label.OUT_OF_ORDER, Label.RETRANSMISSION]


def test_the_same_acknowledgment_again_is_a_duplicate_while_data_is_out() -> None:
    assert labels(data(100), answer(100), data(105), answer(100))[1::2] == [Label.DUPLICATE_ACK] * 2
    assert labels(data(100), answer(105), answer(105)) == [None, None, None]


def test_windows() -> None:
    found = labels(data(100), answer(105, 0), data(105, b"x"), answer(105, 0), answer(105, 500))
    assert found == [None, Label.ZERO_WINDOW, Label.ZERO_WINDOW_PROBE, Label.ZERO_WINDOW, Label.WINDOW_UPDATE]


def test_keep_alives_with_and_without_a_byte() -> None:
    found = labels(data(100), answer(105), (True, segment(True, 104, 500, ACK)), data(104, b"o"))
    assert found[2:] == [Label.KEEP_ALIVE, Label.KEEP_ALIVE]


def test_the_answer_to_a_keep_alive_is_no_duplicate_ack() -> None:
    alive = (True, segment(True, 104, 500, ACK))
    assert labels(data(100), answer(105), alive, answer(105))[2:] == [Label.KEEP_ALIVE, Label.KEEP_ALIVE_ACK]


def test_an_old_number_asks_for_a_closed_window() -> None:
    """As Linux probes, with and without a byte: tshark takes this for a keep-alive."""
    bare = (True, segment(True, 104, 500, ACK))
    found = labels(data(100), answer(105, 0), bare, data(104, b"o"), data(105, b"x"))
    assert found[1:] == [Label.ZERO_WINDOW] + [Label.ZERO_WINDOW_PROBE] * 3


def test_data_that_was_acknowledged_is_sent_again_in_vain() -> None:
    assert labels(data(100), answer(105), data(100))[2] is Label.SPURIOUS_RETRANSMISSION


def test_a_retransmission_soon_after_duplicate_acks_is_fast() -> None:
    burst = [data(100), data(105), data(110), data(115)]
    said = [answer(100)] * 3
    assert labels(*burst, *said, data(100))[-1] is Label.FAST_RETRANSMISSION
    assert labels(*burst, said[0], data(100))[-1] is Label.RETRANSMISSION


def test_a_segment_up_to_the_edge_fills_the_window() -> None:
    """The SYN-ACK's window is not scaled; without an option on the SYN of the asking side none is."""
    full = labels(data(100, bytes(64240)))
    assert full == [Label.WINDOW_FULL]
    assert labels(data(100, bytes(64239))) == [None]
    # 500 means 500 << 7 once both have offered to scale by 7
    assert labels(data(100), answer(105, 500), data(105, bytes(500 << 7)))[2] is Label.WINDOW_FULL
    assert labels(data(100), answer(105, 500), data(105, bytes(500)))[2] is None


def test_resets_are_not_duplicate_acks() -> None:
    assert labels(data(100), (False, segment(False, 500, 100, RST | ACK, b"", 0)))[1] is None


def test_sequence_numbers_may_wrap() -> None:
    inference = Inference()
    found = []
    for number, seq in enumerate([2**32 - 10, 2**32 - 5, 0, 2**32 - 5]):
        frame = ip_frame(True, TCP, segment(True, seq, 1, ACK, b"hello"), number + 1)
        found.append(inference.label(FrameSent(number, CLIENT, frame, number)))
    assert found == [None, None, None, Label.RETRANSMISSION]


def test_a_new_connection_on_the_same_ports_starts_afresh() -> None:
    found = labels(data(100), (True, segment(True, 50, 0, SYN)), (True, segment(True, 51, 1, ACK, b"x")))
    assert found == [None, None, None]


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        (reasons.TCP_RETRANSMIT_FAST, Label.FAST_RETRANSMISSION),
        (reasons.TCP_RETRANSMIT_TIMEOUT, Label.RETRANSMISSION),
        (reasons.TCP_ACK_OUT_OF_ORDER, Label.DUPLICATE_ACK),
        (reasons.TCP_KEEP_ALIVE, Label.KEEP_ALIVE),
        (reasons.TCP_DATA, None),
    ],
)
def test_a_known_reason_overrules_what_it_looks_like(reason: int, label: Label | None) -> None:
    inference = Inference()
    frames = [ip_frame(True, TCP, segment(True, 100, 1, ACK, b"hello"), number, reason) for number in (1, 2)]
    found = [inference.label(FrameSent(1, CLIENT, frame, 1)) for frame in frames]
    assert found[1] is label
    assert true_label(frames[1]) is label


def test_a_closed_window_is_a_fact_whatever_the_reason() -> None:
    inference = Inference()
    frame = ip_frame(False, TCP, segment(False, 500, 100, ACK, b"", 0), 1, reasons.TCP_ACK_QUICK)
    assert inference.label(FrameSent(0, CLIENT, frame, 0)) is Label.ZERO_WINDOW


def test_other_protocols_have_no_labels() -> None:
    assert Inference().label(FrameSent(0, CLIENT, ip_frame(True, UDP, Udp(1, 2, b""), 1), 0)) is None
