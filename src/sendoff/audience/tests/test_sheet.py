"""A file is read through once before anything is imported: it is good as a whole, or refused."""

import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.audience import sheet
from sendoff.audience.columns import SheetError

ANA = "email,name\nana@shop.example,Ana\n"


def refusal(path):
    with pytest.raises(SheetError) as caught:
        sheet.inspect(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_unicode_with_a_mark_is_read(csv_file, encoding, end):
    mark = "\ufeff" if encoding.endswith(("-le", "-be")) else ""
    text = mark + f"email,name{end}zoé@shop.example,Zoë{end}"
    found = sheet.inspect(csv_file(text.encode(encoding)))
    assert [r.cells for r in sheet.records(found)] == [["zoé@shop.example", "Zoë"]]
    assert found.columns.names == ("email", "name")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_found_even_where_another_stands_in_quotes(csv_file, delimiter):
    header = delimiter.join(["email", '"Name, title; more\tand more, really"', "city"])
    found = sheet.inspect(
        csv_file(f"{header}\n{delimiter.join(['ana@x.example', 'Ana', 'Rome'])}\n")
    )
    assert found.delimiter == delimiter
    assert len(found.columns.names) == 3


def test_empty_lines_above_the_header_are_passed_over(csv_file):
    found = sheet.inspect(csv_file("\r\n\r\nemail;name\r\nana@x.example;Ana\r\n"))
    assert [(r.line, r.cells) for r in sheet.records(found)] == [(4, ["ana@x.example", "Ana"])]


def test_a_list_of_addresses_alone_is_a_sheet_too(csv_file):
    assert sheet.inspect(csv_file("email\nana@shop.example\nben@shop.example")).rows == 2


def test_a_row_knows_the_line_it_starts_in(csv_file):
    text = 'email,note\nana@x.example,"two\nlines"\n\nben@x.example,\n,\n'
    found = sheet.inspect(csv_file(text))
    assert [(r.line, r.cells) for r in sheet.records(found)] == [
        (2, ["ana@x.example", "two\nlines"]),
        (5, ["ben@x.example", ""]),
    ]


def test_a_latin_1_file_is_refused_with_line_place_and_byte(csv_file):
    said = refusal(csv_file(ANA.encode() + "ben@shop.example,Bénédict\n".encode("latin-1")))
    assert said.startswith("Line 3, character 19 (byte 51 of the file): the byte 0xE9 is not UTF-8")
    assert "“é”" in said
    assert "CSV UTF-8" in said


def test_the_place_is_right_far_into_a_file_of_many_bytes_a_character(csv_file):
    good = "email,name\n" + "zoé@shop.example,Zoë\n" * 10_000
    said = refusal(csv_file(good.encode() + b"x\xff"))
    assert f"Line 10002, character 2 (byte {len(good.encode()) + 2} " in said


def test_a_torn_utf_16_file_is_refused(csv_file):
    assert "is not UTF-16-LE" in refusal(csv_file(("\ufeff" + ANA).encode("utf-16-le") + b"x"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"email,name\n", "ends after its header in line 1; nobody is in it"),
        (b"name\nAna\n", "Line 1 names no column for the email address"),
        (b"email,n\0me\n", "Line 1 has a NUL byte at character 8"),
        (ANA.encode() + b"ben@x.example,B\0n\n", "Line 3 has a NUL byte at character 16"),
        (
            "email,name\nana@x.example,Ana\n".encode("utf-16-le"),
            "Line 1 has a NUL byte at character 2",
        ),
        (b"PK\x03\x04workbook", "a workbook or a ZIP archive"),
        (ANA.encode() + b'ben@x.example,"Ben\ncy@x.example,Cy\n', "Line 3 opens a quote"),
        (b'"email,name\n', "Line 1 opens a quote"),
        (b'"email"x,name\n', "Line 1, the header: A quote"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_in_one_sentence(csv_file, content, says):
    said = refusal(csv_file(content))
    assert says in said
    assert "\n" not in said
    assert "\0" not in said


def test_a_line_of_10_mb_is_refused_without_reading_it_into_memory(csv_file):
    path = csv_file(ANA.encode() + b"x" * 10_000_000)
    tracemalloc.start()
    said = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "Line 3 is longer than 100,000 characters" in said
    assert peak < 2_000_000


def test_a_quote_that_swallows_the_file_is_refused_at_the_line_that_is_too_much(csv_file):
    text = ANA + 'ben@x.example,"Ben\n' + "cy@x.example,Cy\n" * 10_000
    assert "that was opened above is probably never closed" in refusal(csv_file(text))


def test_a_stray_quote_costs_its_own_row_only(csv_file):
    text = 'email,name\nana@x.example,"Ana" the boss\nben@x.example,Ben\n'
    rows = list(sheet.records(sheet.inspect(csv_file(text))))
    assert [row.line for row in rows] == [2, 3]
    assert "quote" in rows[0].problem
    assert rows[1].cells == ["ben@x.example", "Ben"]


_PIECES = st.sampled_from(
    [
        b"email",
        b"name",
        b",",
        b";",
        b"\n",
        b"\r\n",
        b'"',
        b"\0",
        b"\xe9",
        b"a@x.example",
        b"\xff\xfe",
        b" ",
    ]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PIECES, max_size=30).map(b"".join) | st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_a_sentence(csv_file, content):
    try:
        found = sheet.inspect(csv_file(content))
    except SheetError as refused:
        words = str(refused)
    else:
        words = f"{len(list(sheet.records(found)))} of {found.rows}"
        assert words == f"{found.rows} of {found.rows or 'some'}"
    assert words
    assert "\n" not in words
