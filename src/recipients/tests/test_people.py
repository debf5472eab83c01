"""The people of the demo: named, different, the same every time, spread over all providers."""

import io
from collections import Counter

import pytest

from recipients import people, personality

PROVIDERS = personality.load()


def test_ana_ben_and_cy_come_first_where_their_stories_happen() -> None:
    first = list(people.people(1000, PROVIDERS))[:3]
    assert [p.first_name for p in first] == ["Ana", "Ben", "Cy"]
    homes = [personality.by_domain(PROVIDERS)[p.email.partition("@")[2]] for p in first]
    assert homes[0].behaviour["kind"] == "greylists"
    assert homes[1].behaviour == {"kind": "replies", "filed": "drop"}
    assert homes[2].expect.outcome == "accepted"
    assert [p.email.partition("@")[0] for p in first] == ["ana", "ben", "cy"]


@pytest.mark.parametrize("count", [1, 3, 20, 1000, 2500])
def test_there_are_exactly_as_many_as_asked_for_and_no_address_twice(count: int) -> None:
    made = list(people.people(count, PROVIDERS))
    assert len({p.email for p in made}) == len(made) == count
    assert made == list(people.people(count, PROVIDERS)), "the same every time"
    assert all(p.email.isascii() and p.first_name and p.last_name and p.city for p in made)


def test_every_provider_with_a_share_has_its_people() -> None:
    made = Counter(p.email.partition("@")[2] for p in people.people(1000, PROVIDERS))
    for one in PROVIDERS:
        here = sum(made[domain] for domain in one.domains)
        share = one.share + sum(s.share for s in one.specials)
        assert (here > 0) == (share > 0), one.name
    nobody = [p for p in people.people(1000, PROVIDERS) if p.email.startswith("nobody-")]
    assert len(nobody) in range(4, 9)


def test_the_list_is_csv_with_its_columns() -> None:
    out = io.StringIO()
    people.write(people.people(2, PROVIDERS), out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "email,first_name,last_name,city,plan"
    assert lines[1] == "ana@greypost.test,Ana,Marković,Ljubljana,plus"
