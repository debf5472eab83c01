"""The SMTP client as dialogues: each point where a message can stop, pipelined and one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.smtp import moves
from sendoff.smtp.client import Client
from sendoff.smtp.manners import Manners
from sendoff.smtp.moves import Ask
from sendoff.smtp.tests.dialogue import LETTER, PLAIN, Player, play

OPENING = """
    < 220 mx.inbox.test
    > EHLO mail.shop.test
    < 250 mx.inbox.test
    = ready
"""
PIPELINED = """
    < 220 mx.inbox.test
    > EHLO mail.shop.test
    < 250-mx.inbox.test
    < 250 PIPELINING
    = ready
"""
ENVELOPE = """
    = offer
    > MAIL FROM:<news@shop.test>
    > RCPT TO:<ana@inbox.test>
    > DATA
"""
CONTENT = """
    = go
    = content
    > Subject: hello
    >
    > Good day
    > .
"""
TLS = Manners(helo="mail.shop.test", tls="opportunistic")
REQUIRED = Manners(helo="mail.shop.test", tls="required")
RELAY = Manners(helo="mail.shop.test", tls="required", username="ana", password="s3cret")


def ended(player: object) -> tuple[str, str, str, str]:
    outcome = player.outcome  # type: ignore[attr-defined]
    assert isinstance(outcome, Outcome)
    return outcome.kind, outcome.stage, outcome.fault, outcome.category


def test_one_by_one_where_the_server_does_not_pipeline() -> None:
    player = play(
        OPENING
        + """
        = offer
        > MAIL FROM:<news@shop.test>
        < 250 2.1.0 ok
        > RCPT TO:<ana@inbox.test>
        < 250 2.1.5 ok
        > DATA
        < 354 go
        """
        + CONTENT
        + """
        < 250 2.0.0 queued as 7F
        = settled
        """
    )
    assert ended(player) == ("accepted", "accepted", "", "")
    assert player.outcome.reply == "250 2.0.0 queued as 7F"
    assert [(s.stage, s.command, s.reply) for s in player.outcome.steps] == [
        ("mail", "MAIL FROM:<news@shop.test>", "250 2.1.0 ok"),
        ("rcpt", "RCPT TO:<ana@inbox.test>", "250 2.1.5 ok"),
        ("data", "DATA", "354 go"),
        ("data", ".", "250 2.0.0 queued as 7F"),
    ]
    assert all(step.ms == pytest.approx(100) for step in player.outcome.steps)


def test_the_whole_envelope_in_one_write_where_the_server_pipelines() -> None:
    player = play(
        PIPELINED
        + ENVELOPE
        + "\n< 250 ok\n< 250 ok\n< 354 go"
        + CONTENT
        + "\n< 250 ok\n= settled"
        + ENVELOPE
        + "\n< 250 ok\n< 250 ok\n< 354 go"
        + CONTENT
        + "\n< 250 ok\n= settled"
    )
    assert player.outcome.kind is Kind.ACCEPTED
    assert player.client.usable
    assert player.client.idle


@pytest.mark.parametrize(
    ("answers", "kind", "stage", "fault"),
    [
        ("< 450 no\n< 503 no\n< 503 no", "deferred", "mail", "recipient_system"),
        ("< 550 5.7.1 no\n< 503 no\n< 503 no", "refused", "mail", "our_ip"),
        ("< 250 ok\n< 550 5.1.1 no\n< 503 no", "refused", "rcpt", "recipient"),
        ("< 250 ok\n< 451 4.7.1 Greylisted\n< 503 no", "deferred", "rcpt", "recipient_system"),
        ("< 250 ok\n< 250 ok\n< 554 5.7.1 no", "refused", "data", "our_ip"),
        ("< 250 ok\n< 250 ok\n< 451 no", "deferred", "data", "recipient_system"),
    ],
)
def test_a_refused_envelope_stops_at_its_first_refusal_and_the_line_lives_on(
    answers: str, kind: str, stage: str, fault: str
) -> None:
    player = play(PIPELINED + ENVELOPE + answers + "\n= settled")
    assert ended(player)[:3] == (kind, stage, fault)
    assert player.client.usable
    assert player.client.idle


def test_an_open_transaction_is_reset_before_the_next_message() -> None:
    player = play(
        PIPELINED
        + ENVELOPE
        + """
        < 250 ok
        < 550 5.1.1 no
        < 503 no
        = settled
        = offer
        > RSET
        > MAIL FROM:<news@shop.test>
        > RCPT TO:<ana@inbox.test>
        > DATA
        < 250 reset
        < 250 ok
        < 250 ok
        < 354 go
        """
        + CONTENT
        + "\n< 250 ok\n= settled"
    )
    assert player.outcome.kind is Kind.ACCEPTED


def test_a_354_after_a_refusal_is_left_by_a_lone_dot_whose_250_counts_for_nothing() -> None:
    player = play(
        PIPELINED
        + ENVELOPE
        + """
        < 250 ok
        < 550 5.1.1 no
        < 354 go
        > .
        < 250 queued
        = settled
        """
    )
    assert ended(player) == ("refused", "rcpt", "recipient", "bad_mailbox")
    assert player.client.usable


def test_a_354_without_sender_closes_the_line_so_that_nobody_gets_an_empty_mail() -> None:
    player = play(PIPELINED + ENVELOPE + "\n< 550 5.7.1 no\n< 250 ok\n< 354 go\n= settled")
    assert ended(player)[:2] == ("refused", "mail")
    assert not player.client.usable


@pytest.mark.parametrize(
    ("reply", "kind", "fault"),
    [
        ("550 5.7.1 blocked", "refused", "our_ip"),
        ("452 4.3.1 Insufficient system storage", "deferred", "recipient_system"),
        ("421 4.3.0 shutting down", "deferred", "recipient_system"),
        ("354 what?", "unknown", "recipient_system"),
        ("eh?", "unknown", "recipient_system"),
    ],
)
def test_the_answer_to_the_final_dot_decides(reply: str, kind: str, fault: str) -> None:
    player = play(
        PIPELINED
        + ENVELOPE
        + "\n< 250 ok\n< 250 ok\n< 354 go"
        + CONTENT
        + f"\n< {reply}\n= settled"
    )
    assert ended(player)[:3] == (kind, "data", fault)
    assert player.outcome.steps[-1].command == "."


ONE_BY_ONE = ("\n> RCPT TO:<ana@inbox.test>", "\n> DATA", CONTENT)


@pytest.mark.parametrize("answered", range(4))
def test_a_line_cut_in_the_envelope_waits_at_that_stage_and_after_the_dot_nobody_knows(
    answered: int,
) -> None:
    text = OPENING + "\n= offer\n> MAIL FROM:<news@shop.test>"
    for n in range(answered):
        text += ("\n< 250 ok", "\n< 250 ok", "\n< 354 go")[n] + ONE_BY_ONE[n]
    player = play(text + "\n= cut\n= settled")
    kind = "unknown" if answered == 3 else "deferred"
    stage = ("mail", "rcpt", "data", "data")[answered]
    assert ended(player) == (kind, stage, "network", "expired_or_network")
    assert len(player.outcome.steps) == answered + 1
    assert not player.client.usable


@pytest.mark.parametrize("answered", range(3))
def test_a_421_belongs_to_the_first_command_without_an_answer(answered: int) -> None:
    answers = ["\n< 250 ok"] * answered + ["\n< 421 4.3.2 closing", "\n= settled"]
    player = play(PIPELINED + ENVELOPE + "".join(answers))
    assert ended(player)[:2] == ("deferred", ("mail", "rcpt", "data")[answered])
    assert not player.client.usable


def test_a_421_right_after_the_354_takes_the_go_ahead_back() -> None:
    player = play(
        PIPELINED + ENVELOPE + "\n< 250 ok\n< 250 ok\n< 354 go\n< 421 bye\n= go\n= settled"
    )
    assert ended(player)[:2] == ("deferred", "data")
    assert not player.client.go


def test_a_421_between_messages_only_ends_the_session() -> None:
    player = play(
        PIPELINED
        + ENVELOPE
        + "\n< 250 ok\n< 250 ok\n< 354 go"
        + CONTENT
        + "\n< 250 ok\n< 421 idle too long\n= settled"
    )
    assert player.outcome.kind is Kind.ACCEPTED
    assert not player.client.usable


def test_a_message_offered_on_a_line_that_is_gone_may_be_tried_again_at_once() -> None:
    player = play(PIPELINED + "\n= cut\n= offer\n= settled")
    assert ended(player)[:2] == ("deferred", "mail")
    assert player.outcome.retry_after_s == 0
    assert player.outcome.steps == ()


def test_an_answer_that_fits_no_question_defers_and_ends_the_line() -> None:
    player = play(OPENING + "\n= offer\n> MAIL FROM:<news@shop.test>\n< 354 go\n= settled")
    assert ended(player)[:2] == ("deferred", "mail")
    assert not player.client.usable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("< 554 5.7.1 no", ("refused", "greeting", "our_ip", "ip_or_sender_blocked")),
        ("< 421 busy", ("deferred", "greeting", "recipient_system", "remote_system")),
        ("< SSH-2.0-x", ("deferred", "greeting", "recipient_system", "remote_system")),
        ("= cut", ("deferred", "greeting", "network", "expired_or_network")),
        (
            "< 220 x\n> EHLO mail.shop.test\n= cut",
            ("deferred", "ehlo", "network", "expired_or_network"),
        ),
        (
            "< 220 x\n> EHLO mail.shop.test\n< 451 no",
            ("deferred", "ehlo", "recipient_system", "remote_system"),
        ),
        (
            "< 220 x\n> EHLO mail.shop.test\n< 502 no\n> HELO mail.shop.test\n< 550 no",
            ("deferred", "ehlo", "our_config", "ip_or_sender_blocked"),
        ),
    ],
)
def test_a_session_that_can_not_be_opened_says_where_it_stopped(
    text: str, expected: tuple[str, ...]
) -> None:
    player = play(text + "\n= failed")
    assert ended(player) == expected
    assert player.client.steps[-1].stage == expected[1]


def test_a_server_without_ehlo_is_greeted_by_helo() -> None:
    play("< 220 x\n> EHLO mail.shop.test\n< 500 what\n> HELO mail.shop.test\n< 250 hi\n= ready")


def test_after_starttls_everything_is_asked_again_and_nothing_said_in_clear_counts() -> None:
    player = Player(TLS)
    player.play("< 220 x\n> EHLO mail.shop.test\n< 250-x\n< 250 STARTTLS\n> STARTTLS")
    player.take(player.client.receive(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n", player.tick()))
    player.play("= upgrade\n= encrypted\n> EHLO mail.shop.test\n< 250-x\n< 250 SIZE 99\n= ready")
    assert player.client.offers.names == ("SIZE 99",)
    assert [s.stage for s in player.client.steps] == ["greeting", "ehlo", "tls", "ehlo"]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("< 250 x", "The server offers no STARTTLS."),
        ("< 250-x\n< 250 STARTTLS\n> STARTTLS\n< 454 4.7.0 not now", "454 4.7.0 not now"),
    ],
)
def test_without_tls_an_opportunistic_session_goes_on_and_a_strict_one_ends(
    answers: str, why: str
) -> None:
    text = "< 220 x\n> EHLO mail.shop.test\n" + answers
    assert play(text + "\n= ready", TLS).client.tls_why_not == why
    assert ended(play(text + "\n= failed", REQUIRED))[:2] == ("deferred", "tls")


ENCRYPTED = """
    < 220 x
    > EHLO mail.shop.test
    < 250-x
    < 250 STARTTLS
    > STARTTLS
    < 220 go
    = upgrade
    = encrypted
    > EHLO mail.shop.test
    < 250-x
"""


def test_signing_in_by_plain_keeps_the_password_out_of_the_evidence() -> None:
    player = play(
        ENCRYPTED + "\n< 250 AUTH LOGIN PLAIN\n> AUTH PLAIN AGFuYQBzM2NyZXQ=\n< 235 ok\n= ready",
        RELAY,
    )
    assert "AGFuYQ" not in str(player.client.steps)
    assert player.client.steps[-1].command == "AUTH PLAIN"


def test_signing_in_by_login_where_plain_is_not_offered() -> None:
    player = play(
        ENCRYPTED
        + """
        < 250 AUTH=LOGIN
        > AUTH LOGIN
        < 334 VXNlcm5hbWU6
        > YW5h
        < 334 UGFzc3dvcmQ6
        > czNjcmV0
        < 235 ok
        = ready
        """,
        RELAY,
    )
    assert "czNjcmV0" not in str(player.client.steps)


@pytest.mark.parametrize(
    "answers", ["< 250 AUTH PLAIN\n> AUTH PLAIN AGFuYQBzM2NyZXQ=\n< 535 5.7.8 no", "< 250 AUTH XX"]
)
def test_a_password_that_is_not_taken_makes_messages_wait_for_our_mending(answers: str) -> None:
    player = play(ENCRYPTED + answers + "\n= failed", RELAY)
    assert ended(player) == ("deferred", "ehlo", "our_config", "auth_failure")


def test_a_password_is_never_sent_in_clear() -> None:
    trusting = Manners(helo="mail.shop.test", tls="opportunistic", username="ana", password="x")
    player = play("< 220 x\n> EHLO mail.shop.test\n< 250 AUTH PLAIN\n= failed", trusting)
    assert ended(player)[2:] == ("our_config", "auth_failure")


def test_a_message_above_the_known_limit_is_not_offered() -> None:
    player = play(
        "< 220 x\n> EHLO mail.shop.test\n< 250-x\n< 250 SIZE 10\n= ready\n= offer\n= settled"
    )
    assert ended(player) == ("refused", "mail", "our_content", "too_big")
    assert "SIZE" in player.outcome.steps[0].reply


def test_size_and_8bitmime_are_said_where_they_are_known() -> None:
    play(
        """
        < 220 x
        > EHLO mail.shop.test
        < 250-x
        < 250-8BITMIME
        < 250 SIZE
        = ready
        = offer
        > MAIL FROM:<news@shop.test> SIZE=4 BODY=8BITMIME
        """,
        letter="né\r".encode(),
    )


@pytest.mark.parametrize(
    ("letter", "wire"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n"),
        (b".a\r\n..b\r\n.\r\n", b"..a\r\n...b\r\n..\r\n.\r\n"),
        (b"no end", b"no end\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_leading_dots_are_doubled_and_the_end_is_a_lone_dot(letter: bytes, wire: bytes) -> None:
    player = Player(letter=letter)
    player.play(PIPELINED + ENVELOPE + "\n< 250 ok\n< 250 ok\n< 354 go\n= go")
    assert b"".join(player.client.content(1.0)) == wire


@pytest.mark.parametrize(
    ("sender", "recipient", "fault"),
    [
        ("a@b.test", "x@y.test>\r\nRCPT TO:<z@y.test", Fault.RECIPIENT),
        ("a@b.test", "", Fault.RECIPIENT),
        ("a b@b.test", "x@y.test", Fault.OUR_CONFIG),
        ("a@b.test", "ünï@y.test", Fault.RECIPIENT_SYSTEM),
    ],
)
def test_an_address_that_can_not_be_written_never_reaches_the_wire(
    sender: str, recipient: str, fault: Fault
) -> None:
    player = Player()
    player.play(PIPELINED)
    player.take(player.client.offer(sender, recipient, LETTER, 1.0))
    assert player.events == ["settled"]
    assert player.written == []
    assert (player.outcome.kind, player.outcome.fault) == (Kind.REFUSED, fault)
    assert player.client.idle


def test_a_helo_name_with_a_line_break_is_our_bug_and_raises() -> None:
    with pytest.raises(ValueError, match="helo"):
        Manners(helo="a\r\nMAIL FROM:<x>")


def test_a_null_sender_is_an_address_like_any_other() -> None:
    player = Player()
    player.play(PIPELINED)
    player.take(player.client.offer("", "ana@inbox.test", LETTER, 1.0))
    assert player.written[0].startswith(b"MAIL FROM:<>\r\n")


def test_long_lines_and_bare_line_feeds_are_understood() -> None:
    player = Player()
    player.take(player.client.receive(b"220 " + b"x" * 10_000 + b"\n", 1.0))
    player.take(player.client.receive(b"250-a\n250-" + b"y" * 10_000 + b"\n250 PIPELINING\n", 2.0))
    assert player.events == ["ready"]
    assert player.client.offers.pipelining
    assert len(player.client.steps[0].reply) > 10_000


def test_a_reply_without_end_is_given_up() -> None:
    player = Player()
    for _ in range(20):
        player.take(player.client.receive(b"220-" + b"x" * 100_000, 1.0))
    assert player.events == ["failed"]
    assert player.outcome.stage == "greeting"
    assert player.outcome.fault is Fault.RECIPIENT_SYSTEM


def test_what_is_said_before_a_command_was_heard_is_no_answer_to_it() -> None:
    player = play(OPENING + "\n= offer\n> MAIL FROM:<news@shop.test>")
    player.take(player.client.receive(b"250 ok\r\n550 5.1.1 no\r\n", 1.0))
    assert ended(player)[:3] == ("deferred", "rcpt", "recipient_system")
    assert not player.client.usable


@pytest.mark.parametrize(
    ("said", "kind", "category"),
    [
        ("552 5.3.4 Message size exceeds fixed limit", "refused", "too_big"),
        ("421 4.3.2 Service shutting down", "deferred", "remote_system"),
        ("250 2.0.0 Ok: queued", "deferred", "unknown"),
        ("", "deferred", "expired_or_network"),
    ],
)
def test_without_its_final_dot_content_can_only_be_refused(
    said: str, kind: str, category: str
) -> None:
    player = play(PIPELINED + ENVELOPE + "\n< 250 ok\n< 250 ok\n< 354 go\n= go")
    player.client.content(1.0)
    player.client.hold_dot(True)
    client = player.client
    player.take(client.receive(said.encode() + b"\r\n", 2.0) if said else client.closed(2.0))
    assert (player.outcome.kind, player.outcome.stage) == (kind, "data")
    assert player.outcome.category == category
    assert not client.usable


GOOD = (
    b"220 hi\r\n",
    b"250-mx\r\n250-SIZE 1000000\r\n250 PIPELINING\r\n",
    b"250 2.1.0 ok\r\n250-2.1.5 a\r\n250 2.1.5 b\r\n354 go\r\n",
    b"250 2.0.0 queued\r\n",
)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=60))
def test_bytes_may_be_split_anywhere(sizes: list[int]) -> None:
    player, step = Player(), 0
    for n, said in enumerate(GOOD):
        while said:
            size = sizes[step % len(sizes)]
            player.take(player.client.receive(said[:size], 1.0))
            said, step = said[size:], step + 1
        if n == 1:
            player.take(player.client.offer("a@b.test", "c@d.test", LETTER, 1.0))
        if n == 2:
            player.client.content(1.0)
    assert player.events == ["ready", "goahead", "settled"]
    assert player.outcome.reply == "250 2.0.0 queued"


@given(st.lists(st.sampled_from([b"250 ok\r\n", b"354 go\r\n", b"421 x\r\n", b"550 5.1.1 x\r\n",
                                 b"250-x\r\n", b"\r\n", b"junk\r\n", b"999 x\r\n"]), max_size=12),
       st.booleans())  # fmt: skip
def test_whatever_a_server_says_a_message_is_accepted_only_by_a_2xx_to_its_dot(
    said: list[bytes], pipelining: bool
) -> None:
    player = Player()
    player.play(PIPELINED if pipelining else OPENING)
    player.take(player.client.offer("a@b.test", "c@d.test", LETTER, 1.0))
    dotted = False
    for line in said:
        player.take(player.client.receive(line, 2.0))
        if player.client.go:
            player.client.content(3.0)
            dotted = True
    player.take(player.client.closed(4.0))
    assert player.events.count("settled") == 1
    if player.outcome.kind is Kind.ACCEPTED:
        assert dotted
        assert 200 <= (player.outcome.code or 0) < 300
    if player.outcome.kind is Kind.UNKNOWN:
        assert dotted


def test_the_table_of_moves_is_whole_and_can_be_printed() -> None:
    assert set(moves.TABLE) == set(Ask)
    assert len(moves.printed().splitlines()) == sum(map(len, moves.TABLE.values()))
    for ask in Ask:
        for code in (0, 199, 250, 354, 421, 550, 999):
            assert moves.move(ask, code) in moves.Move


def test_waiting_for_names_the_command_whose_time_limit_runs() -> None:
    client = Client(PLAIN, 0.0)
    assert client.waiting_for is Ask.GREETING
    client.receive(b"220 x\r\n", 0.0)
    assert client.waiting_for is Ask.EHLO
