"""Every fault of `faults.toml` is injected, and must be named by its stage, fault, category and
outcome; the letters after it must be unharmed. All rows of a loop run at once: most only wait."""

import asyncio
import gc
import ssl
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import trustme
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from faults import play, rows
from faults.play import Played, Tools
from faults.rows import Row
from sendoff.mail.stages import Kind, Outcome

ROWS = rows.load()
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
STAGES = ("dns", "connect", "greeting", "ehlo", "tls", "mail", "rcpt", "data")
AT_ONCE = 4  # rows that do not wait
USUAL_S = 15.0  # nothing that does not wait for a limit of ours comes near one
# The limits in force, and 5 s for a busy machine: bytes that make no reply move no limit.
LONGEST_S = dict.fromkeys((*STAGES, "accepted"), 5 * 60 * play.SLOW + 5)
LONGEST_S["data"] = 10 * 60 * play.SLOW + 5


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    authority = trustme.CA()
    roots = tmp_path_factory.mktemp("roots") / "ca.pem"
    authority.cert_pem.write_to_path(str(roots))
    contexts, shown = _contexts(authority)
    return Tools(contexts=contexts, roots=roots, tlsa=_tlsa(authority, shown))


Shown = dict[str, trustme.LeafCert]


def _contexts(authority: trustme.CA) -> tuple[dict[str, ssl.SSLContext], Shown]:
    names = ("mx.broken.test", "127.0.0.2")
    past = datetime(2020, 1, 1, tzinfo=UTC)
    kinds = ("good", "old", "mismatched", "picky12", "picky13")
    shown = {kind: authority.issue_cert(*names) for kind in kinds} | {
        "expired": authority.issue_cert(*names, not_after=past),
        "another name": authority.issue_cert("elsewhere.test"),
        "stranger": trustme.CA().issue_cert(*names),
        "web": authority.issue_cert("mta-sts.broken.test"),
        "web of a stranger": trustme.CA().issue_cert("mta-sts.broken.test"),
    }
    contexts = {kind: ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) for kind in shown}
    for kind, context in contexts.items():
        shown[kind].configure_cert(context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old on purpose
        contexts["old"].minimum_version = ssl.TLSVersion.TLSv1
        contexts["old"].maximum_version = ssl.TLSVersion.TLSv1_1
    contexts["old"].set_ciphers("ALL:@SECLEVEL=0")
    contexts["mismatched"].maximum_version = ssl.TLSVersion.TLSv1_2
    contexts["mismatched"].set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the key is no RSA key
    contexts["picky12"].maximum_version = ssl.TLSVersion.TLSv1_2
    contexts["picky13"].minimum_version = ssl.TLSVersion.TLSv1_3
    for kind in ("picky12", "picky13"):
        contexts[kind].verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(contexts[kind])
    # A server under DANE-TA shows its anchor too (RFC 7672 3.1.2).
    for kind in ("good", "another name"):
        with shown[kind].private_key_and_cert_chain_pem.tempfile() as own:
            whole = Path(own).read_bytes() + authority.cert_pem.bytes()
            Path(own).write_bytes(whole)
            contexts[kind].load_cert_chain(own)
    return contexts, shown


def _tlsa(authority: trustme.CA, shown: Shown) -> dict[str, str]:
    """TLSA records by what faults.toml calls them."""
    anchor = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    records = {"{ta}": f"2 0 1 {sha256(anchor.public_bytes(Encoding.DER)).hexdigest()}"}
    for kind, leaf in shown.items():
        certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
        spki = PublicFormat.SubjectPublicKeyInfo
        key = certificate.public_key().public_bytes(Encoding.DER, spki)
        records["{ee " + kind + "}"] = f"3 1 1 {sha256(key).hexdigest()}"
    return records


@pytest.fixture(scope="module", params=LOOPS)
def played(request: pytest.FixtureRequest, tools: Tools) -> Mapping[str, Played | BaseException]:
    """What came of every row that is wanted in this run, by id."""
    wanted = {
        item.callspec.params["row"].id
        for item in request.session.items
        if item.path == request.path and "row" in getattr(item, "callspec", _NONE).params
    }
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        return runner.run(_all([row for row in ROWS if row.id in wanted], tools))


class _NONE:
    params: Mapping[str, object] = {}


async def _all(wanted: list[Row], tools: Tools) -> dict[str, Played | BaseException]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(row: Row) -> Played:
        if row.slow:
            return await play.play(row, tools)
        async with turns:
            return await play.play(row, tools)

    ends = await asyncio.gather(*map(one, wanted), return_exceptions=True)
    return {row.id: end for row, end in zip(wanted, ends, strict=True)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_fault_is_named_and_the_letters_after_it_are_unharmed(
    row: Row, played: Mapping[str, Played | BaseException]
) -> None:
    end = played[row.id]
    if isinstance(end, BaseException):
        raise end
    outcome = end.outcome
    assert _said(outcome) == row.expect, outcome
    assert (end.first and _said(end.first)) == row.first
    assert (outcome.retry_after_s == 0) == row.unheard, "whether it may go elsewhere at once"
    assert outcome.reply.isprintable()
    assert outcome.reply
    assert end.same_line is None or end.same_line.kind is Kind.ACCEPTED, end.same_line
    assert end.elsewhere.kind is Kind.ACCEPTED, end.elsewhere
    _assert_recorded(row, end)
    assert end.seconds < (LONGEST_S[outcome.stage] if row.slow else USUAL_S)


def _said(outcome: Outcome) -> tuple[str, str, str, str]:
    return outcome.stage, outcome.fault.value, outcome.category, outcome.kind.value


def _assert_recorded(row: Row, end: Played) -> None:
    """What was wanted of TLS and what was got, where the row says it."""
    got = end.evidence
    if row.wanted:
        assert got
        assert got.tls_wanted == row.wanted
    if row.verified is not None:
        assert got
        assert (got.tls_verified, bool(got.tls_why_not)) == (row.verified, not row.verified)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.bad and not row.slow], ids=lambda row: row.id
)
def test_bad_input_takes_little_memory(row: Row, tools: Tools) -> None:
    asyncio.run(play.play(row, tools))  # what is read only once, as rules and roots
    gc.collect()
    tracemalloc.start()
    try:
        asyncio.run(play.play(row, tools))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024, "both sides of the line together"


@pytest.mark.parametrize("hosts", ["gone", "refusing"])
def test_of_a_hundred_mail_hosts_only_a_few_are_asked_for_and_called(
    hosts: str, tools: Tools
) -> None:
    (row,) = [row for row in ROWS if row.hundred == hosts]
    end = asyncio.run(play.play(row, tools))
    assert end.questions <= 1 + 2 * 10 + 1, "MX, addresses of ten hosts, MTA-STS"
    steps = end.evidence.steps if end.evidence else ()
    assert len(steps) == (5 if hosts == "refusing" else 0)


def test_every_stage_has_its_faults() -> None:
    count = Counter(row.stage for row in ROWS)
    assert all(count[stage] >= 4 for stage in STAGES), count
    assert sum(count[stage] for stage in STAGES) >= 65
    assert len({row.id for row in ROWS}) == len(ROWS)
