"""Reports of others are read into values, whatever they came packed in; bombs and DTDs are not."""

import contextlib
import gzip
import io
import json
import struct
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail import reports
from sendoff.mail.reports import unpacking

XML = b"""<?xml version="1.0"?>
<feedback><version>1.0</version>
<report_metadata><org_name>Ben's Mail</org_name><email>dmarc@ben.test</email>
<report_id>r-1</report_id><date_range><begin>1700000000</begin><end>1700086399</end></date_range>
</report_metadata>
<policy_published><domain>Shop.test.</domain><p>REJECT</p><pct>50</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated>
<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>shop.test</header_from></identifiers><auth_results>
<dkim><domain>shop.test</domain><result>pass</result></dkim>
<spf><domain>shop.test</domain><result>fail</result></spf></auth_results></record>
<record><row><source_ip>2001:db8::1</source_ip><count>3</count><policy_evaluated>
<disposition>reject</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>shop.test</header_from></identifiers><auth_results/></record>
</feedback>"""
TLS = {
    "organization-name": "Ben's Mail",
    "date-range": {
        "start-datetime": "2026-11-20T00:00:00Z",
        "end-datetime": "2026-11-20T23:59:59Z",
    },
    "contact-info": "tls@ben.test",
    "report-id": "t-1",
    "policies": [
        {
            "policy": {"policy-type": "sts", "policy-domain": "shop.test"},
            "summary": {"total-successful-session-count": 5, "total-failure-session-count": 2},
            "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 2}],
        }
    ],
}


def misplaced(packed: bytes) -> bytes:
    """A zip whose list of files says that they lie before its first byte."""
    place = packed.rindex(b"PK\x05\x06") + 16
    (said,) = struct.unpack("<I", packed[place : place + 4])
    return packed[:place] + struct.pack("<I", said + 57) + packed[place + 4 :]


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def refusal(data: bytes, content_type: str = "", filename: str = "") -> str:
    """The sentence with which a report is refused."""
    with pytest.raises(reports.ReportError, match=r"^[^\n]{10,200}\.$") as problem:
        reports.read(data, content_type, filename)
    return str(problem.value)


@pytest.mark.parametrize(
    ("data", "content_type", "filename"),
    [
        (XML, "text/xml", ""),
        (XML, "application/xml; charset=utf-8", "r.xml"),
        (gzip.compress(XML), "application/gzip", "b!s!1!2.xml.gz"),
        (gzip.compress(XML), "application/octet-stream", "b!s!1!2.xml.gz"),
        (gzip.compress(XML[:300]) + gzip.compress(XML[300:]), "application/gzip", ""),
        (zipped(("b!s!1!2.xml", XML)), "application/zip", "b!s!1!2.zip"),
        (zipped(("README.txt", b"hello"), ("r.xml", XML)), "application/x-zip-compressed", ""),
        (b"\n\n  " + XML, "", ""),
    ],
)
def test_an_aggregate_report_is_read_from_every_wrapping(data, content_type, filename):
    report = reports.read(data, content_type, filename)
    assert isinstance(report, reports.Aggregate)
    assert (report.org_name, report.report_id, report.policy.domain) == (
        "Ben's Mail", "r-1", "shop.test",
    )  # fmt: skip
    assert (report.policy.p, report.policy.pct) == ("reject", "50")
    assert report.begin == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (len(report.rows), report.messages, report.dmarc_pass) == (2, 10, 7)
    assert report.document()["begin"] == "2023-11-14T22:13:20Z"


def test_the_newer_generation_is_read_with_its_namespace_and_new_words():
    newer = XML.replace(b"<feedback>", b'<d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0">')
    newer = newer.replace(b"</feedback>", b"</d:feedback>").replace(
        b"<p>REJECT</p>",
        b"<p>reject</p><np>reject</np><testing>y</testing>"
        b"<discovery_method>treewalk</discovery_method>",
    )
    policy = reports.read(newer, "text/xml").policy
    assert (policy.np, policy.testing, policy.discovery_method) == ("reject", True, "treewalk")


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (json.dumps(TLS).encode(), "application/tlsrpt+json"),
        (gzip.compress(json.dumps(TLS).encode()), "application/tlsrpt+gzip"),
        (b"\xef\xbb\xbf" + json.dumps(TLS).encode(), "application/json"),
    ],
)
def test_a_tls_report_is_read(data, content_type):
    report = reports.read(data, content_type)
    assert isinstance(report, reports.TlsReport)
    assert (report.org_name, report.successful, report.failed) == ("Ben's Mail", 5, 2)
    assert report.policies[0].failures[0].result == "certificate-expired"
    assert report.begin == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_tls_report_with_numbers_as_text_and_parts_missing_is_read_as_far_as_it_goes():
    odd = {"report-id": 7, "policies": [{"policy": {"policy-string": "one"}, "summary": 3}, "no"]}
    odd["policies"].append({"summary": {"total-successful-session-count": "12"}})
    report = reports.read(json.dumps(odd).encode(), "application/tlsrpt+json")
    assert [policy.successful for policy in report.policies] == [0, 0, 12]
    assert report.policies[0].lines == ("one",)
    assert (report.report_id, report.begin) == ("", None)


@pytest.mark.parametrize(
    ("data", "content_type", "filename"),
    [
        (b"Dear Ana", "text/plain", ""),
        (b"<html><body>hello</body></html>", "text/html", ""),
        (b"<html><body>hello</body></html>", "", ""),
        (b'{"hello": 1}', "application/json", ""),
        (b"\x89PNG....", "image/png", "cat.png"),
        (zipped(("cat.txt", b"miau")), "application/zip", "cat.zip"),
        (b"", "application/octet-stream", ""),
        (b"", "", ""),
    ],
)
def test_what_is_no_report_is_none(data, content_type, filename):
    assert reports.read(data, content_type, filename) is None


def test_ten_gigabytes_in_a_small_zip_are_refused_in_little_memory():
    block = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(block.compress(bytes(1 << 20)) for _ in range(200)) + block.flush()
    tracemalloc.start()
    assert "larger than 32 MB" in refusal(bomb, "application/gzip", "r.xml.gz")
    assert "larger than 32 MB" in refusal(zipped(("r.xml", bytes(40 << 20))), "application/zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * unpacking.MAX_PLAIN


def test_a_zip_that_lies_about_its_size_is_refused():
    lying = bytearray(zipped(("r.xml", bytes(40 << 20))))
    for at in (lying.find(b"PK\x03\x04") + 22, lying.find(b"PK\x01\x02") + 24):
        lying[at : at + 4] = (100).to_bytes(4, "little")
    refusal(bytes(lying), "application/zip")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (gzip.compress(gzip.compress(XML)), "twice"),
        (zipped(("r.zip", zipped(("r.xml", XML)))), "twice"),
        (zipped(("r.xml", gzip.compress(XML))), "twice"),
        (zipped(("a.xml", XML), ("b.xml", XML)), "2 reports"),
        (zipped(*((f"{n}.xml", XML) for n in range(100))), "100 files"),
        (gzip.compress(XML)[:-40], "cut off"),
        (b"\x1f\x8b" + b"x" * 100, "damaged gzip"),
        (b"PK\x03\x04" + b"x" * 100, "damaged zip"),
        (misplaced(zipped(("r.xml", XML))), "damaged zip"),
        (b"\x1f\x8b" + bytes(17 << 20), "larger than 16 MB"),
    ],
)
def test_a_broken_or_nested_archive_is_one_sentence(data, word):
    assert word in refusal(data, "application/octet-stream", "report.xml.gz")


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
)


@pytest.mark.parametrize(
    "prologue",
    [
        b"<!DOCTYPE feedback [" + LAUGHS + b"]>",
        b'<!DOCTYPE feedback SYSTEM "http://cy.test/evil.dtd">',
        b'<!DOCTYPE feedback [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE feedback [<!ENTITY % x SYSTEM "http://cy.test/x">%x;]>',
    ],
)
def test_entities_and_external_dtds_are_refused(prologue):
    evil = XML.replace(b"<feedback>", prologue + b"<feedback>").replace(b"Ben's", b"&x;&l9;")
    assert "DTD or entities" in refusal(evil, "text/xml")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (XML[:200], "not XML at line"),
        (XML.replace(b"<domain>Shop.test.</domain>", b""), "no domain"),
        (b"<?xml version='1.0' encoding='klingon'?>" + XML[22:], "encoding"),
        (b"<feedback>" + b"<a>" * 100, "nested"),
        (b"<feedback>" + b"<a/>" * 1_000_001, "long beyond"),
    ],
)
def test_xml_that_cannot_be_a_report_is_one_sentence(data, word):
    assert word in refusal(data, "text/xml")


def test_numbers_beyond_sense_are_no_numbers():
    odd = XML.replace(b"<count>7</count>", b"<count>" + b"9" * 5000 + b"</count>")
    odd = odd.replace(b"1700000000", b"9" * 15).replace(b"<count>3</count>", b"<count>-3</count>")
    report = reports.read(odd, "text/xml")
    assert (report.messages, report.begin) == (0, None)


@given(st.binary(max_size=300), st.integers(0, 1500), st.booleans())
def test_no_damage_makes_it_crash(junk, at, packed):
    damaged = XML[:at] + junk + XML[at + len(junk) :]
    data = gzip.compress(damaged) if packed else damaged
    with contextlib.suppress(reports.ReportError):
        assert isinstance(reports.read(data, "text/xml", "r.xml"), reports.Aggregate | None)
