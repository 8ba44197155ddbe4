"""ECN over two layers: negotiated, echoed until confirmed, reduced once per round trip (RFC 3168 6.1)."""

from __future__ import annotations

import pytest

from simnet.stack.profile import Profile, linux
from simnet.stack.tcp.ecn import CAPABLE, CONGESTED
from simnet.units import MILLISECOND
from simnet.wire.tcp import CWR, ECE, SYN
from tests.stack.tcp.pair import CALL, Pair, Sent


def asking() -> Profile:
    profile = linux()
    profile.tcp_ecn = 1
    return profile


def has(sent: Sent, flag: int) -> bool:
    return sent.segment.flags & flag != 0


@pytest.mark.rfc("3168", "6.1.1")
def test_asked_for_and_accepted() -> None:
    pair = Pair(profile=asking)
    alice, bob = pair.established()
    assert [sent.segment.flags & (ECE | CWR) for sent in pair.sent] == [ECE | CWR, ECE, 0]
    alice.send(b"hello", CALL, pair.now)
    pair.run_for(MILLISECOND)
    assert [sent.tos for sent in pair.sent] == [0, 0, 0, CAPABLE, 0]  # only data may be marked
    assert alice.tcb.is_ecn and bob.tcb.is_ecn


@pytest.mark.rfc("3168", "6.1.1")
def test_linux_does_not_ask_by_default() -> None:
    pair = Pair()
    pair.established()
    assert not any(has(sent, ECE | CWR) for sent in pair.sent)


@pytest.mark.rfc("3168", "6.1.2")
@pytest.mark.rfc("3168", "6.1.3")
def test_a_mark_is_echoed_until_confirmed_and_reduces_once() -> None:
    pair = Pair(delay=10 * MILLISECOND, profile=asking)
    alice, bob = pair.established()
    pair.mark = lambda sent: CONGESTED if sent is pair.sent[5] else sent.tos
    left = 100_000
    while left or not pair.is_quiet():
        left -= alice.send(bytes(left), CALL, pair.now) if left else 0
        pair.step()
        bob.receive(1 << 20, CALL, pair.now)
    confirmations = [sent for sent in pair.sent if has(sent, CWR) and not has(sent, SYN)]
    assert len(confirmations) == 1
    confirmed = pair.sent.index(confirmations[0])
    echoes = [pair.sent.index(sent) for sent in pair.sent[3:] if has(sent, ECE)]
    assert echoes and max(pair.sent[index].time for index in echoes) <= confirmations[0].time + 10 * MILLISECOND
    assert min(echoes) < confirmed
    info = alice.info()
    assert info["snd_ssthresh"] < 2**31 - 1
    assert info["total_retrans"] == 0
