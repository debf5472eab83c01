"""The pages of reports say in words what arrived, and take what people bring."""

import gzip

from django.core.files.uploadedfile import SimpleUploadedFile

from sendoff.lib import clock
from sendoff.reputation import arrivals, reading, taking
from sendoff.reputation.models import DmarcRow, Report
from sendoff.reputation.tests import samples
from sendoff.reputation.tests.test_dmarc_told import OURS, STRANGER, bring


def test_the_page_of_a_domain_tells_by_source_and_opens_the_rows(shop, ana):
    unsigned = samples.row(STRANGER, 40, spf="fail", dkim="fail", disposition="reject")
    bring(shop, samples.row(OURS, 90), unsigned)
    page = ana.get("/reports/dmarc/").content.decode()
    assert "Of 130 messages that were reported in 30 days, 69.2% passed DMARC" in page
    assert "Nobody we know: 40" in page
    assert "40 were refused" in page
    rows = ana.get(f"/reports/dmarc/address/?domain=shop.test&ip={STRANGER}").content.decode()
    assert "Google" in rows
    assert "refused" in rows


def test_pages_without_reports_say_what_will_be_there(ana):
    assert b"Here will be the addresses" in ana.get("/reports/dmarc/").content
    assert b"Here will be how lines" in ana.get("/reports/tls/").content
    assert b"No report has arrived yet" in ana.get("/reports/arrived/").content


def test_a_domain_that_is_not_ours_has_no_page(ana):
    assert ana.get("/reports/dmarc/?domain=stranger.test").status_code == 404


def test_tls_failures_are_told_in_words_with_the_mend(shop, ana):
    taking.take_bytes(samples.tls(), shop.workspace, "page")
    page = ana.get("/reports/tls/").content.decode()
    assert "The certificate had expired. Renew it" in page
    assert "MTA-STS" in page


def test_failed_single_messages_are_shown(shop, ana):
    taking.take_bytes(samples.failure(), shop.workspace, "page")
    assert b"198.51.100.7" in ana.get("/reports/dmarc/").content


def uploaded(*contents: bytes):
    return {"reports": [SimpleUploadedFile(f"r{n}.xml", each) for n, each in enumerate(contents)]}


def test_several_files_are_brought_at_once_and_each_gets_its_sentence(shop, ana):
    files = uploaded(
        samples.dmarc(), gzip.compress(samples.dmarc()), b"hello", samples.dmarc(domain="x.test")
    )
    page = ana.post("/reports/arrived/", files, follow=True).content.decode()
    for sentence in (
        "7 messages counted",
        "was counted before; nothing was added",
        "There is no report in it",
        "is kept apart and counts nowhere",
    ):
        assert sentence in page
    assert DmarcRow.objects.count() == 1


def test_a_file_that_is_too_large_is_not_even_read(shop, ana):
    page = ana.post("/reports/arrived/", uploaded(b" " * (reading.MAX_BYTES + 1)), follow=True)
    assert "larger than 32 MB" in page.content.decode()
    assert not Report.objects.exists()


def test_no_file_and_too_many_files_are_said(ana):
    none = ana.post("/reports/arrived/", {})
    assert (none.status_code, b"Choose a file." in none.content) == (422, True)
    many = ana.post("/reports/arrived/", uploaded(*[b"x"] * 51))
    assert (many.status_code, b"Choose at most 50 files" in many.content) == (422, True)


def test_old_reports_are_forgotten_with_their_rows(shop):
    bring(shop, samples.row())
    assert arrivals.forget(400) == 0
    Report.objects.update(received_ms=clock.now_ms() - 401 * 86_400_000)
    assert arrivals.forget(400) == 1
    assert not DmarcRow.objects.exists()
