"""A report that comes by mail is read with the mail; one that is refused is still a report."""

import base64
import gzip

from sendoff.mail import returned

XML = (
    b"<feedback><report_metadata><org_name>Ben</org_name><report_id>1</report_id>"
    b"</report_metadata><policy_published><domain>shop.test</domain><p>none</p></policy_published>"
    b"<record><row><source_ip>192.0.2.1</source_ip><count>4</count></row></record></feedback>"
)


def mailed(data: bytes, kind: str = "application/gzip") -> bytes:
    name = "ben.test!shop.test!1700000000!1700086399.xml.gz"
    return (
        b"From: dmarc@ben.test\r\nTo: ana@shop.test\r\n"
        b"Subject: Report Domain: shop.test Submitter: ben.test Report-ID: 1\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nA report.\r\n--b\r\n"
        + f'Content-Type: {kind}; name="{name}"\r\n'.encode()
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data)
        + b"\r\n--b--\r\n"
    )


def test_an_attached_report_is_read():
    for kind in ("application/gzip", "application/octet-stream"):
        found = returned.read(mailed(gzip.compress(XML), kind))
        assert found.report
        assert found.report.inside
        assert found.report.inside.document()["messages"] == 4


def test_a_report_beyond_half_a_megabyte_is_read_whole():
    row = XML[XML.index(b"<record>") : XML.index(b"</feedback>")]
    large = XML.replace(row, row * 12_000)
    stored = gzip.compress(large, compresslevel=0)
    found = returned.read(mailed(stored))
    assert found.report
    assert found.report.inside
    assert found.report.inside.document()["messages"] == 48_000


def test_a_bomb_is_a_report_with_a_sentence_why_it_was_not_read():
    found = returned.read(mailed(gzip.compress(bytes(40 << 20))))
    assert found.kind == "report"
    assert found.report
    assert (found.report.type, found.report.inside) == ("dmarc_aggregate", None)
    assert "larger than 32 MB" in found.report.problem


def test_a_packed_report_that_is_no_mail_is_read_and_another_archive_is_none():
    found = returned.read(gzip.compress(XML))
    assert found.report
    assert found.report.type == "dmarc_aggregate"
    assert returned.read(gzip.compress(b"a photograph")).kind == "none"
    assert returned.read(b"\x1f\x8b broken").kind == "none"
