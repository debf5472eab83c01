"""Headers as people write them are understood, and two meanings for one name are not guessed at."""

import pytest

from sendoff.audience.columns import SheetError, field_name, is_email, read_header


@pytest.mark.parametrize(
    "title",
    ["email", "E-Mail", " EMAIL ", "Email Address", "e-mail_address", "mail", "E-Mail-Adresse"],
)
def test_a_column_of_addresses_is_known_by_its_name(title):
    assert is_email(title.strip())
    assert read_header([title, "Name"], 1).email == 0


@pytest.mark.parametrize("title", ["name", "address", "email sent", "mailing list", ""])
def test_other_columns_are_not_taken_for_addresses(title):
    assert not is_email(title)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("First name", "first_name"),
        ("  Straße / Nr. ", "strasse_nr"),
        ("Prénom", "prenom"),
        ("Имя", "имя"),
        ("2nd address", "field_2nd_address"),
        ("__VIP?__", "vip"),
        ("!!!", ""),
    ],
)
def test_a_title_becomes_a_name_that_a_merge_tag_can_hold(title, name):
    assert field_name(title) == name


def test_columns_keep_their_order_and_separators_at_the_end_name_nothing():
    columns = read_header(["Name", "email", "City", "", " "], 1)
    assert columns.names == ("name", "email", "city")
    assert columns.fields == ["name", "city"]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["Name", "City"], "Line 3 names no column for the email address, only “Name”, “City”"),
        (["ana@shop.example", "Ana"], "Line 3 looks like a person"),
        (["email", "E-Mail"], "Line 3: columns 1 and 2 .* both name the email address"),
        (["email", "First name", "first-name"], "Line 3: columns 2 and 3 have the same name"),
        (["email", "", "City"], "Line 3: column 2 has no name"),
        ([], "only nothing"),
    ],
)
def test_a_header_that_can_not_be_used_is_said_with_its_place(cells, says):
    with pytest.raises(SheetError, match=says):
        read_header(cells, 3)
