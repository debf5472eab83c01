"""Each report counts once, for whom it concerns, whatever way it came."""

from pathlib import Path

import pytest

from house import House
from sendoff.accounts import public as accounts
from sendoff.feedback import intake
from sendoff.feedback.naming import Names
from sendoff.feedback.places import Places
from sendoff.feedback.sorting import Sorter
from sendoff.lib.config import config
from sendoff.reputation import owning, reading, taking
from sendoff.reputation.filing import State
from sendoff.reputation.models import DmarcRow, Failure, Report, TlsRow
from sendoff.reputation.tests import samples
from sendoff.senders import public as senders

pytestmark = pytest.mark.django_db


def bring(shop: House, raw: bytes) -> taking.Filed:
    return taking.take_bytes(raw, shop.workspace, "page")


def test_a_report_is_summed_to_rows_that_are_alike(shop):
    rows = [samples.row(count=7), samples.row(count=3), samples.row("198.51.100.7", 2, dkim="fail")]
    filed = bring(shop, samples.dmarc(rows))
    assert filed.state is State.COUNTED
    assert filed.sentence == "Google: DMARC report g-1 about shop.test: 12 messages counted."
    kept = DmarcRow.objects.order_by("source_ip").values_list(
        "source_ip", "messages", "spf", "dkim", "day", "workspace_id"
    )
    day = samples.BEGIN // 86_400
    assert list(kept) == [
        ("192.0.2.10", 10, True, True, day, shop.workspace),
        ("198.51.100.7", 2, True, False, day, shop.workspace),
    ]


def test_the_same_report_counts_once_however_it_is_packed_or_sent(shop):
    assert bring(shop, samples.dmarc()).state is State.COUNTED
    again = bring(shop, samples.mail(samples.dmarc()))
    assert again.state is State.KNOWN
    assert again.sentence.endswith("was counted before; nothing was added.")
    assert (Report.objects.count(), DmarcRow.objects.count()) == (1, 1)


def test_reports_of_two_receivers_with_the_same_number_count_both(shop):
    bring(shop, samples.dmarc(org="Google"))
    assert bring(shop, samples.dmarc(org="Yahoo")).state is State.COUNTED


def test_a_receiver_that_numbers_all_its_reports_alike_is_counted_by_day(shop):
    bring(shop, samples.dmarc())
    assert bring(shop, samples.dmarc(begin=samples.BEGIN - 86_400)).state is State.COUNTED
    assert bring(shop, samples.dmarc()).state is State.KNOWN


def test_reports_without_numbers_are_told_apart_by_what_they_say(shop):
    bring(shop, samples.dmarc(number=""))
    assert bring(shop, samples.dmarc(number="")).state is State.KNOWN
    later = samples.dmarc(number="", begin=samples.BEGIN + 86_400)
    assert bring(shop, later).state is State.COUNTED


def test_a_report_about_a_strangers_domain_is_kept_apart_and_said(shop):
    filed = bring(shop, samples.dmarc(domain="stranger.test"))
    assert filed.state is State.NOT_OURS
    assert "which is no sending domain here" in filed.sentence
    assert Report.objects.get().workspace_id is None
    assert not DmarcRow.objects.exists()


def test_a_page_counts_nothing_for_another_workspace(shop):
    other = accounts.create_owner("cy@other.test", "correct horse battery", "Cy's shop")
    filed = taking.take_bytes(samples.dmarc(), other.workspace_id, "page")
    assert filed.state is State.NOT_OURS
    assert not DmarcRow.objects.exists()


def test_our_own_key_is_known_among_signatures(shop):
    bring(shop, samples.dmarc([samples.row(selector="s1"), samples.row(selector="theirs")]))
    assert set(DmarcRow.objects.values_list("selector", "our_key")) == {
        ("s1", True), ("theirs", False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("about", "ours", "yes"),
    [
        ("shop.test", "shop.test", True),
        ("news.shop.test", "shop.test", True),
        ("shop.test", "news.shop.test", True),
        ("shop.co.uk", "news.shop.co.uk", True),
        ("co.uk", "shop.co.uk", False),
        ("test", "shop.test", False),
        ("stranger.test", "shop.test", False),
        ("myshop.test", "shop.test", False),
    ],
)
def test_a_report_concerns_a_domain_names_below_it_and_the_one_that_was_registered(
    about, ours, yes
):
    assert owning.concerns(about, ours) is yes


def test_a_tls_report_is_summed_by_how_sessions_ended(shop):
    filed = bring(shop, samples.tls())
    assert filed.sentence == (
        "Ben's Mail: TLS report t-1 about bounces.shop.test: 7 sessions counted."
    )
    assert set(TlsRow.objects.values_list("result", "mx", "sessions")) == {
        ("", "", 5), ("certificate-expired", "mail.shop.test", 2),
    }  # fmt: skip


def test_a_failure_report_tells_who_wrote_as_us_and_no_recipient(shop):
    assert bring(shop, samples.failure()).state is State.COUNTED
    told = Failure.objects.get()
    assert (told.source_ip, told.header_from, told.failed, told.result) == (
        "198.51.100.7", "ana@shop.test", "dmarc", "reject",
    )  # fmt: skip
    assert "cy@receiver.test" not in str(list(Failure.objects.values()))
    assert bring(shop, samples.failure()).state is State.KNOWN


def test_numbers_beyond_all_sense_are_cut_and_crash_nothing(shop):
    raw = samples.tls(good=10**30).replace(b'"t-1"', b'"t-\\u0000\\ud800"')
    assert bring(shop, raw).state is State.COUNTED
    assert TlsRow.objects.get(result="").sessions == 10**12
    rows = [samples.row("nonsense", 10**12), samples.row("nonsense", 10**12)]
    bring(shop, samples.dmarc(rows))
    kept = DmarcRow.objects.get()
    assert (kept.source_ip, kept.messages) == ("", 10**12)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<feedback><report_metadata><org_name>x", "not XML"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><feedback>&a;</feedback>', "DTD or entities"),
        (samples.mail(b"\x1f\x8b" + b"x" * 50), "packed twice"),
        (b"\x1f\x8bdamaged", "damaged gzip"),
        (b" " * (reading.MAX_BYTES + 1), "larger than 32 MB"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence_and_kept_as_such(shop, raw, said):
    filed = bring(shop, raw)
    assert filed.state is State.UNREAD
    assert said in filed.sentence
    assert "\n" not in filed.sentence
    assert Report.objects.get().problem == filed.sentence


def test_a_letter_is_no_report(shop):
    filed = bring(shop, b"From: cy@other.test\r\n\r\nHello.\r\n")
    assert (filed.state, filed.sentence) == (State.NONE, "There is no report in it.")
    assert not Report.objects.exists()


def arrives(raw: bytes, to: str = "dmarc-reports@bounces.shop.test") -> None:
    """A mail as the mail server stores it, read by the mail room."""
    intake.store(
        [intake.Arrived(source="smtp", peer="192.0.2.1", sender="", recipients=(to,), content=raw)]
    )
    domains = frozenset(each.return_path_domain for each in senders.all_domains())
    key = config().token_key
    Sorter(Places(key, lambda: domains), Names(key)).sort()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (samples.mail(samples.dmarc()), "dmarc"),
        (samples.mail(samples.tls(), name="ben.test!shop.test!1!2.json"), "tls"),
        (samples.failure(), "failure"),
    ],
)
def test_a_report_by_mail_is_handed_over_once(shop, raw, kind):
    arrives(raw)
    assert taking.take_mail() == 1
    assert taking.take_mail() == 0
    assert Report.objects.get().kind == kind
    assert Report.objects.get().mail_id is not None


def test_mail_to_an_address_that_is_not_for_reports_is_not_read_on(shop):
    arrives(samples.mail(samples.dmarc()), to="b-000@bounces.shop.test")
    assert taking.take_mail() == 0


CORPUS = sorted((Path(__file__).parents[5] / "shared/corpora/reports/files").glob("*"))


@pytest.mark.skipif(not CORPUS, reason="The corpus of reports is not beside this repository.")
def test_every_report_of_the_corpus_is_filed_once_and_its_messages_add_up(shop):
    senders.add_domain(shop.workspace, "example.com")
    first = [bring(shop, path.read_bytes()) for path in CORPUS]
    assert {filed.state for filed in first} <= {State.COUNTED, State.NOT_OURS, State.NONE}
    # Of its five feedback reports four are complaints, which are feedback's.
    assert sum(filed.state is State.NONE for filed in first) == 4
    again = [bring(shop, path.read_bytes()) for path in CORPUS]
    assert {filed.state for filed in again} <= {State.KNOWN, State.NONE}
    for report in Report.objects.filter(kind="dmarc", workspace_id=shop.workspace):
        rows = sum(row.messages for row in DmarcRow.objects.filter(report=report))
        assert rows == report.messages
