"""Mail that went in clear is named, on the campaign's page and on one of its own."""

from dataclasses import replace
from datetime import date

from sendoff.insight import attention, picture
from sendoff.insight.tests.conftest import ACCEPTED, SESSION
from sendoff.outbox import public as outbox

IN_CLEAR = replace(SESSION, tls_version="", tls_cipher="", tls_verified=False)


def test_mail_accepted_in_clear_is_named_and_opens_its_rows(shop, page):
    shop.send()
    shop.accept("cy@gmall.test")
    shop.settle("ben@gmall.test", ACCEPTED, session=IN_CLEAR)
    text = page(f"/campaigns/{shop.campaign}/")
    assert "1 went without encryption, gmall.test: no TLS was offered." in text
    rows = page(f"/campaigns/{shop.campaign}/messages/?state=accepted&tls=none")
    assert "ben@gmall.test" in rows
    assert "cy@gmall.test" not in rows
    found = attention.look(picture.read(shop.campaign))[-1]
    assert (found.rule, found.count, found.arrived) == ("in-clear", 1, True)


def test_the_page_counts_by_provider_and_encryption(shop, page):
    shop.send()
    shop.accept("cy@gmall.test")
    shop.settle("ben@gmall.test", ACCEPTED, session=IN_CLEAR)
    text = page("/delivery/encryption/")
    assert '<td class="n">1</td><td class="n">0</td><td class="n">1</td>' in text
    assert "Their server offers no encryption." in text


def test_a_report_that_nobody_accepted_yet_says_so(shop, page):
    outbox.keep_tls_reports(
        [
            outbox.TlsReportRow(
                workspace_id=shop.workspace,
                day=date(2026, 11, 20),
                domain="gmall.test",
                address="mailto:tls@gmall.test",
                successful=12,
                failed=3,
            )
        ]
    )
    text = page("/delivery/encryption/")
    assert "mailto:tls@gmall.test" in text
    assert "not accepted yet" in text
