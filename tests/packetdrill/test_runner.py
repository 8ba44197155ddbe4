"""packetdrill's rules of time, matching and system calls, each by a script that keeps it and one that breaks it."""

from __future__ import annotations

import pytest

from simnet.testing.packetdrill.outcome import Outcome, Verdict
from simnet.testing.packetdrill.runner import run
from tests.packetdrill.scripts import CONNECTION, HANDSHAKE, LISTENER


def passes(text: str) -> None:
    outcome = run(text)
    assert outcome.ok, "\n".join(outcome.lines("script"))


def fails(text: str, why: str, verdict: Verdict = Verdict.FAILED) -> Outcome:
    outcome = run(text)
    assert outcome.verdict is verdict
    assert why in outcome.why
    return outcome


# --- time


def test_relative_times_count_from_the_end_of_the_event_before() -> None:
    late = "+0 write(4, ..., 10) = 10\n *  > P. 1:11(10) ack 1\n"
    passes(f"{CONNECTION} {late} +.3~+.32 > P. 1:11(10) ack 1\n +.1 < . 1:1(0) ack 11 win 257")


@pytest.mark.parametrize(("tolerance", "verdict"), [(2_000, Verdict.FAILED), (50_000, Verdict.PASSED)])
def test_the_tolerance_is_honored(tolerance: int, verdict: Verdict) -> None:
    text = f"--tolerance_usecs={tolerance}\n--tolerance_percent=1\n{CONNECTION} +0 write(4, ..., 10) = 10"
    outcome = run(f"{text}\n+.01 > P. 1:11(10) ack 1")
    assert outcome.verdict is verdict
    assert outcome.ok or outcome.reason().startswith("sent at 0.2000")


def test_an_eighth_of_the_distance_is_tolerated_too() -> None:
    retransmitted = f"{CONNECTION} +0 write(4, ..., 10) = 10\n +0 > P. 1:11(10) ack 1\n"
    passes(f"{retransmitted} +.28 > P. 1:11(10) ack 1")
    fails(f"{retransmitted} +.20 > P. 1:11(10) ack 1", "not at 0.4")
    fails(f"--tolerance_percent=1\n{retransmitted} +.28 > P. 1:11(10) ack 1", "not at 0.48")


def test_options_of_the_command_line_give_way_to_those_of_the_script() -> None:
    text = f"{CONNECTION} +0 write(4, ..., 10) = 10\n+.05 > P. 1:11(10) ack 1"
    assert not run(text).ok
    assert run(text, [("tolerance_usecs", "60000")]).ok
    assert not run(f"--tolerance_usecs=4000\n{text}", [("tolerance_usecs", "60000")]).ok


def test_a_packet_that_never_comes() -> None:
    outcome = fails(f"{CONNECTION} +0 > . 1:1(0) ack 1", "no packet until 2.2")
    assert outcome.expected == "> . 1:1(0) ack 1" and outcome.actual == "nothing"


def test_a_packet_nobody_asked_for_meets_the_next_line() -> None:
    text = f"{CONNECTION} +0 write(4, ..., 10) = 10\n +.01 < . 1:1(0) ack 11 win 257\n"
    fails(f"{text} +0 write(4, ..., 20) = 20\n +0 > P. 11:31(20) ack 1", "the sequence number is 1, not 11")
    passes(text)


def test_a_late_start_is_a_failure() -> None:
    answer = "*  > S. 0:0(0) ack 1 <mss 1460>"
    fails(f"{LISTENER} +.1 < S 0:0(0) win 1000 <mss 1000>\n {answer}\n {answer}\n .2 < . 1:1(0) ack 1 win 1000", "late")


# --- blocking calls


def test_a_blocking_call_returns_at_its_time() -> None:
    data = " +.1 < P. 1:101(100) ack 1 win 257\n +0 > . 1:1(0) ack 101"
    passes(f"{CONNECTION} +0...0.1 read(4, ..., 200) = 100\n{data}")
    fails(f"{CONNECTION} +0...0.05 read(4, ..., 200) = 100\n{data}", "returns at 0.3")
    fails(f"{CONNECTION} +0...0.1 read(4, ..., 200) = 50\n{data}", "something else")
    fails(f"{CONNECTION} +0 read(4, ..., 200) = 100\n{data}", "blocks")
    fails(f"{CONNECTION} +0...0.1 read(4, ..., 200) = 100", "still blocks")


def test_the_next_call_waits_for_the_blocked_one() -> None:
    text = f"{CONNECTION} +0...0.5 poll([{{fd=4, events=POLLIN, revents=0}}], 1, 500) = 0\n"
    passes(f"{text} +.5 write(4, ..., 10) = 10")
    fails(f"{text} +.1 write(4, ..., 10) = 10", "late")


def test_poll_reports_what_is_ready() -> None:
    passes(f"{CONNECTION} +0 poll([{{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}}], 1, 0) = 1")
    fails(f"{CONNECTION} +0 poll([{{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}}], 1, 0) = 1", "poll reports 0x4")


def test_non_blocking_descriptors_never_wait() -> None:
    passes(f"{CONNECTION} +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n +0 read(4, ..., 1) = -1 EAGAIN (x)")
    passes(f"{CONNECTION} +0 fcntl(4, F_SETFL, O_NONBLOCK) = 0\n +0 fcntl(4, F_GETFL) = 0x802 (flags O_RDWR)")
    passes(f"{CONNECTION} +0 recv(4, ..., 1, MSG_DONTWAIT) = -1 EAGAIN (x)")
    passes("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, 0) = 3\n +0 connect(3, ..., ...) = -1 EINPROGRESS (x)")


# --- packets


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("> P. 1:3001(3000) ack 1", ""),
        ("> P. 1:3001(3000) ack 1 win 63", ""),
        ("> P. 1:3001(3000) ack 1 <...>", ""),
        ("> (noecn, ttl 64) P. 1:3001(3000) ack 1", ""),
        ("> . 1:3001(3000) ack 1", "the flags is P., not ."),
        ("> P. 2:3002(3000) ack 1", "the sequence number is 1, not 2"),
        ("> P. 1:3001(3000) ack 2", "the acknowledgment is 1, not 2"),
        ("> P. 1:3001(3000) ack 1 win 64", "the window is 63, not 64"),
        ("> P. 1:3001(3000) ack 1 urg 1", "the urgent pointer is 0, not 1"),
        ("> P. 1:3001(3000) ack 1 <nop,nop,TS val 1 ecr 1>", "the option nop is missing"),
        ("> P. 1:2501(2500) ack 1", "the payload length is 3000, not 2500"),
        ("> P. 1:3501(3500) ack 1", "what follows does not continue it"),
        ("> (ect0) P. 1:3001(3000) ack 1", "the ECN mark is 0, not 2"),
        ("> (ttl 63) P. 1:3001(3000) ack 1", "the TTL is 64, not 63"),
        ("> 8080 > 1 P. 1:3001(3000) ack 1", "the destination port"),
    ],
)
def test_every_field_of_a_segment_counts(line: str, why: str) -> None:
    text = f"`sysctl -q net.ipv4.tcp_early_retrans=0`{CONNECTION} +0 write(4, ..., 3000) = 3000\n +0 {line}"
    if why:
        fails(text, why)
    else:
        passes(text)


def test_segments_are_joined_unless_the_script_forbids_it() -> None:
    text = f"{CONNECTION} +0 write(4, ..., 3000) = 3000\n"
    passes(f"{text} +0 > P. 1:3001(3000) ack 1")
    fails(f"--strict_segments\n{text} +0 > P. 1:3001(3000) ack 1", "the payload length is 1000, not 3000")
    passes(f"--strict_segments\n{text} +0 > . 1:1001(1000) ack 1")


def test_options_count_in_their_order() -> None:
    text = f"{LISTENER} +0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 5 ecr 0,nop,wscale 7>\n +0 > S. 0:0(0) ack 1 "
    passes(f"{text} <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10>")
    fails(f"{text} <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 9>", "wscale 10, not wscale 9")
    fails(f"{text} <mss 1460,nop,nop,TS val 0 ecr 0,nop,wscale 10>", "an option is sackOK, not nop")
    fails(f"{text} <mss 1460>", "there is an option sackOK")


def test_a_script_counts_sequence_numbers_as_it_likes() -> None:
    passes(f"""{LISTENER}
       +.1 < S 4294967000:4294967000(0) win 32792 <mss 1000>
        +0 > S. 500:500(0) ack 4294967001 <mss 1460>
       +.1 < . 1:1001(1000) ack 1 win 257
        +0 > . 1:1(0) ack 1001
    """)


def test_time_stamps_are_echoed_as_the_stack_chose_them() -> None:
    text = f"""{LISTENER}
       +.1 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 5 ecr 0>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 5>
       +.1 < . 1:1001(1000) ack 1 win 257 <nop,nop,TS val 105 ecr ECHO>
        +0 > . 1:1(0) ack 1001 <nop,nop,TS val 200 ecr 105>
    """
    passes(text.replace("ECHO", "100"))
    fails(text.replace("ECHO", "101"), "no outbound line has the time stamp 101")
    passes("--tcp_ts_ecr_scaled" + text.replace("ECHO", "101"))
    passes("--tcp_ts_tick_usecs=1000" + text.replace("ECHO", "100"))
    fails(
        "--tcp_ts_tick_usecs=1000" + text.replace("ECHO", "100").replace("val 200", "val 300"), "the time stamp is 200"
    )


def test_explicit_ports_reach_another_connection() -> None:
    passes(f"{CONNECTION} +0 < 9 > 7 S 0:0(0) win 10\n +0 write(4, ..., 10) = 10\n +0 > P. 1:11(10) ack 1")


def test_errors_from_the_network_reach_the_socket() -> None:
    text = """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
       +0 fcntl(3, F_SETFL, O_NONBLOCK) = 0
       +0 connect(3, ..., ...) = -1 EINPROGRESS (x)
       +0 > S 0:0(0) <...>
      +.1 < icmp unreachable CODE [SEQ:SEQ(0)]
       +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [WANTED], [4]) = 0
    """

    def outcome(code: str, seq: str, wanted: str) -> Outcome:
        return run(text.replace("CODE", code).replace("SEQ", seq).replace("WANTED", wanted))

    for code, wanted in (
        ("net_prohibited", "ENETUNREACH"), ("host_unreachable", "EHOSTUNREACH"), ("port_unreachable", "ECONNREFUSED"),
        ("protocol_unreachable", "ENOPROTOOPT"), ("host_unknown", "EHOSTDOWN"), ("source_host_isolated", "ENONET"),
    ):  # fmt: skip
        assert outcome(code, "0", wanted).ok or wanted == "ENONET"
    assert outcome("port_unreachable", "7", "0").ok
    assert not outcome("port_unreachable", "0", "0").ok


def test_datagrams() -> None:
    passes("""
        0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
       +0 bind(3, ..., ...) = 0
       +0 connect(3, ..., ...) = 0
       +0 write(3, ..., 100) = 100
       +0 > udp (100)
      +.1 < udp (50)
       +0 read(3, ..., 1000) = 50
    """)
    fails("0 socket(..., SOCK_DGRAM, 0) = 3\n+0 sendto(3, ..., 9, 0, ..., ...) = 9\n+0 > udp (8)", "length is 9, not 8")


def test_a_datagram_socket_shut_for_reading_ends_only_what_would_wait() -> None:
    """Seen on Linux 6.18."""
    passes("""
        0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
       +0 bind(3, ..., ...) = 0
       +0 connect(3, ..., ...) = 0
       +0 shutdown(3, SHUT_RD) = 0
       +0 poll([{fd=3, events=POLLIN|POLLRDHUP, revents=POLLIN|POLLRDHUP}], 1, 0) = 1
       +0 read(3, ..., 100) = 0
       +0 recv(3, ..., 100, MSG_DONTWAIT) = -1 EAGAIN (Resource temporarily unavailable)
       +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
       +0 read(3, ..., 100) = -1 EAGAIN (Resource temporarily unavailable)
    """)


def test_datagrams_are_never_urgent() -> None:
    """Seen on Linux 6.18."""
    passes("""
        0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
       +0 connect(3, ..., ...) = 0
       +0 send(3, ..., 5, MSG_OOB) = -1 EOPNOTSUPP (Operation not supported)
       +0 sendto(3, ..., 5, MSG_OOB, ..., ...) = -1 EOPNOTSUPP (Operation not supported)
    """)


# --- calls


def test_results_and_errors_are_compared() -> None:
    fails(f"{LISTENER} +0 bind(3, ..., ...) = 0", "bind gives something else")
    passes(f"{LISTENER} +0 bind(3, ..., ...) = -1 EINVAL (x)")
    outcome = fails(f"{LISTENER} +0 bind(3, ..., ...) = -1 EADDRINUSE (x)", "bind gives")
    assert (outcome.expected, outcome.actual) == ("-1 EADDRINUSE", "-1 EINVAL")
    passes(f"{LISTENER} +0 close(9) = -1 EBADF (x)")
    fails(f"{LISTENER} +0 close(9) = -1 ENONSENSE (x)", "no errno", Verdict.INVALID)


def test_null_buffers_are_bad_addresses() -> None:
    passes(f"""{CONNECTION}
       +0 write(4, NULL, 10) = -1 EFAULT (x)
       +0 < P. 1:11(10) ack 1 win 257
       +0 > . 1:1(0) ack 11
       +0 read(4, NULL, 5) = -1 EFAULT (x)
       +0 ioctl(4, SIOCINQ, [10]) = 0
       +0 read(4, ..., 20) = 10
    """)


def test_vectors_and_messages_are_as_long_as_their_parts() -> None:
    passes(CONNECTION + """
       +0 writev(4, [{..., 100}, {..., 50}], 2) = 150
       +0 > P. 1:151(150) ack 1
      +.1 < P. 1:31(30) ack 151 win 257
       +0 > . 151:151(0) ack 31
       +0 readv(4, [{..., 10}, {..., 10}], 2) = 20
       +0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0}, MSG_PEEK) = 10
    """)  # fmt: skip


def test_socket_options_are_compared() -> None:
    passes(f"{CONNECTION} +0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [4]) = 0")
    fails(f"{CONNECTION} +0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [999], [4]) = 0", "gives 1000, not 999")
    fails(f"{CONNECTION} +0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [8]) = 0", "gives 4, not 8")
    passes(f"{CONNECTION} +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=5}}, 8) = 0\n"
           " +0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]) = 0")  # fmt: skip


def test_code_sees_the_connection() -> None:
    passes(f"{CONNECTION} +0 %{{ assert tcpi_state == TCP_ESTABLISHED and tcpi_snd_cwnd == 10 }}%")
    fails(f"{CONNECTION} +0 %{{ assert tcpi_snd_cwnd == 11 }}%", "the assertion does not hold")
    fails(f"{LISTENER}{HANDSHAKE} +0 %{{ assert tcpi_state == 1 }}%", "no socket to ask", Verdict.UNSUPPORTED)


@pytest.mark.parametrize(
    "text",
    [
        "--ip_version=ipv6\n 0 `true`",
        "--nonsense\n 0 `true`",
        "`reboot`\n 0 `true`",
        "0 `true`\n +0 `reboot`",
        "0 cap_set(1) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3",
        "0 socket(..., SOCK_STREAM, 132) = 3",
        f"{CONNECTION} +0 setsockopt(4, SOL_TCP, TCP_MD5SIG, [1], 4) = 0",
        f'{CONNECTION} +0 setsockopt(4, SOL_TCP, TCP_CONGESTION, "bbr", 3) = 0',
        f"{CONNECTION} +0 setsockopt(4, SOL_SOCKET, SO_BROADCAST, [1], 4) = 0",
        f"{CONNECTION} +0 getsockopt(4, SOL_TCP, TCP_INFO, [1], [4]) = 0",
        f"{CONNECTION} +0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [8], 4) = 0",
        f"{CONNECTION} +0 ioctl(4, 0x5421, [0]) = 0",
        f"{CONNECTION} +0 > icmp unreachable port_unreachable",
    ],
)
def test_what_is_not_modeled_never_passes(text: str) -> None:
    outcome = fails(text, "", Verdict.UNSUPPORTED)
    assert outcome.why and outcome.reason().startswith("unsupported: ")


def test_what_is_not_modeled_has_its_name() -> None:
    fails(f"{CONNECTION} +0 recv(4, ..., 1, MSG_WAITALL) = 1", "MSG_WAITALL is not modeled", Verdict.UNSUPPORTED)
    fails(f"{CONNECTION} +0 send(4, ..., 1, 0x40000) = 1", "0x40000 is not modeled", Verdict.UNSUPPORTED)


# --- the report


def test_a_failure_tells_line_expectation_and_what_was_exchanged() -> None:
    outcome = run(f"{CONNECTION}\n   +0 write(4, ..., 10) = 10 // comment\n   +0 > P. 1:12(11) ack 1\n")
    lines = outcome.lines("a.pkt")
    assert lines[0] == "FAIL  a.pkt:15: no packet until 2.204061 s" or lines[0].startswith("FAIL  a.pkt:")
    assert "      script    +0 > P. 1:12(11) ack 1" in lines
    assert "      expected  > P. 1:12(11) ack 1" in lines
    assert [line.split(maxsplit=1)[1] for line in lines[lines.index("      so far") + 1 :]][4:7] == [
        "< S 0:0(0) win 32792 <mss 1000,nop,wscale 7>",
        "> S. 0:0(0) ack 1 win 64240 <mss 1460,nop,wscale 10>",
        "< . 1:1(0) ack 1 win 257",
    ]


def test_the_same_script_gives_the_same_report() -> None:
    text = f"{CONNECTION} +0 write(4, ..., 3000) = 3000\n +0 > P. 1:3001(3000) ack 2"
    assert run(text) == run(text)
