"""DMARC is evaluated as RFC 9989 says: its own examples, the tree walk, records, policies."""

import asyncio
from typing import Any

import pytest

from sendoff.mail.auth import dmarc, policy
from sendoff.mail.auth.author import Author
from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.zone import Zone

REJECT = "v=DMARC1; p=reject"


class Listening:
    """A zone that remembers what it was asked."""

    def __init__(self, records: dict[str, Any]) -> None:
        self._zone = Zone({name: written(told) for name, told in records.items()})
        self.asked: list[tuple[str, str]] = []

    async def ask(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        return await self._zone.ask(name, kind)

    @property
    def texts(self) -> list[str]:
        return [name for name, kind in self.asked if kind == "TXT"]


def written(told: Any) -> list[Any]:
    """One text, several texts, or records as a zone has them."""
    texts = [told] if isinstance(told, str) else told
    return [{"type": "TXT", "value": each} if isinstance(each, str) else each for each in texts]


def judged(zone: Listening | dict[str, Any], domain: str, spf: Any = (), dkim: Any = ()) -> Any:
    asked = zone if isinstance(zone, Listening) else Listening(zone)
    proved = dmarc.Identifiers(passed=list(spf)), dmarc.Identifiers(passed=list(dkim))
    return asyncio.run(dmarc.evaluate(Author(domain=domain), *proved, asked))


# RFC 9989 appendix B.1: identifiers in strict, relaxed and no alignment.
@pytest.mark.parametrize("mode", ["", "; adkim=s; aspf=s"])
@pytest.mark.parametrize("kind", ["spf", "dkim"])
@pytest.mark.parametrize(
    ("author", "identifier", "relaxed", "strict"),
    [
        ("example.com", "example.com", True, True),
        ("example.com", "child.example.com", True, False),
        ("child.example.com", "example.com", True, False),
        ("child.example.com", "example.net", False, False),
        ("a.example.com", "b.example.com", True, False),
        ("example.com", "badexample.com", False, False),
        ("EXAMPLE.com", "example.COM.", True, True),
    ],
)
def test_b1_alignment(author, identifier, relaxed, strict, kind, mode):
    zone = {"_dmarc.example.com": REJECT + mode}
    verdict = judged(zone, author.lower(), **{kind: [identifier]})
    aligned = strict if mode else relaxed
    assert verdict.result == ("pass" if aligned else "fail")
    named = identifier.lower().rstrip(".") if aligned else None
    assert getattr(verdict, kind) == named


B41 = {"_dmarc.example.com": REJECT, "_dmarc.signing.example.com": "v=DMARC1; p=none"}


def test_b4_1_a_simple_walk():
    zone = Listening(B41)
    verdict = judged(zone, "example.com", ["example.com"], ["signing.example.com"])
    assert (verdict.result, verdict.domain, verdict.policy) == ("pass", "example.com", "reject")
    assert (verdict.spf, verdict.dkim) == ("example.com", "signing.example.com")
    assert zone.texts == ["_dmarc.example.com", "_dmarc.com", "_dmarc.signing.example.com"]


def test_b4_2_a_deep_walk_asks_eight_times():
    zone = Listening(B41)
    deep = "a.b.c.d.e.f.g.h.i.j.k.example.com"
    verdict = judged(zone, deep, ["example.com"], ["signing.example.com"])
    assert (verdict.result, verdict.domain) == ("pass", "example.com")
    assert (verdict.spf, verdict.dkim) == ("example.com", "signing.example.com")
    assert zone.texts[:8] == [f"_dmarc.{name}" for name in (
        deep, "g.h.i.j.k.example.com", "h.i.j.k.example.com", "i.j.k.example.com",
        "j.k.example.com", "k.example.com", "example.com", "com",
    )]  # fmt: skip
    assert zone.texts[8:] == ["_dmarc.signing.example.com"]


def test_b4_3_a_public_suffix_domain_ends_the_walk():
    zone = Listening({
        "_dmarc.bank.example": "v=DMARC1; p=reject; psd=y",
        "_dmarc.giant.bank.example": "v=DMARC1; p=quarantine",
    })  # fmt: skip
    proved = ["mail.giant.bank.example"], ["mail.mega.bank.example"]
    verdict = judged(zone, "giant.bank.example", *proved)
    assert (verdict.result, verdict.domain) == ("pass", "giant.bank.example")
    assert (verdict.spf, verdict.dkim) == ("mail.giant.bank.example", None)
    assert (verdict.policy, "_dmarc.example" in zone.texts) == ("quarantine", False)


@pytest.mark.parametrize(
    ("author", "second"),
    [
        ("a.b.c.d.e.f.example.com", "b.c.d.e.f.example.com"),
        ("x.a.b.c.d.e.f.example.com", "b.c.d.e.f.example.com"),
        ("mail.a.b.c.d.e.f.g.example.com", "c.d.e.f.g.example.com"),
    ],
)
def test_eight_labels_lose_one_and_more_are_cut_to_seven(author, second):
    zone = Listening({})
    assert judged(zone, author).result == "none"
    assert zone.texts[:2] == [f"_dmarc.{author}", f"_dmarc.{second}"]
    assert len(zone.texts) == 8


@pytest.mark.parametrize(
    ("records", "author", "where", "wanted"),
    [
        # the author's own record, though others are above
        ({"mail.example.com": "p=none", "example.com": "p=reject"}, "mail.example.com",
         "mail.example.com", "none"),
        # the fewest labels, not the nearest
        ({"b.example.com": "p=none", "example.com": "p=reject"}, "a.b.example.com",
         "example.com", "reject"),
        ({"b.example.com": "p=none; psd=n", "example.com": "p=reject"}, "a.b.example.com",
         "b.example.com", "none"),
        ({"com": "p=reject"}, "a.example.com", "com", "reject"),
        # the suffix's, where the organisation has none
        ({"bank.example": "p=reject; sp=quarantine; psd=y"}, "mail.giant.bank.example",
         "bank.example", "quarantine"),
        ({"bank.example": "p=reject; psd=y", "giant.bank.example": "p=none"},
         "mail.giant.bank.example", "giant.bank.example", "none"),
        ({"bank.example": "p=reject; sp=none; psd=y"}, "bank.example", "bank.example", "reject"),
        # several records of one name are as none
        ({"mail.example.com": ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
          "example.com": "p=reject; sp=quarantine"}, "mail.example.com", "example.com",
         "quarantine"),
        ({"mail.example.com": ["hello", "v=spf1 -all"], "example.com": "p=reject"},
         "mail.example.com", "example.com", "reject"),
    ],
)  # fmt: skip
def test_which_record_applies(records, author, where, wanted):
    zone = {
        f"_dmarc.{name}": f"v=DMARC1; {told}" if isinstance(told, str) else told
        for name, told in records.items()
    }
    verdict = judged(zone, author)
    assert (verdict.result, verdict.domain, verdict.policy) == ("fail", where, wanted)


def test_without_a_record_above_a_subdomain_is_its_own_organisation():
    zone = {"_dmarc.mail.example.com": REJECT}
    assert judged(zone, "mail.example.com", ["example.com"], ["x.example.com"]).result == "fail"
    assert judged(zone, "mail.example.com", ["b.mail.example.com"]).result == "pass"


def test_psd_n_cuts_a_subdomain_off_from_its_parent():
    zone = Listening({"_dmarc.m.example.com": REJECT + "; psd=n", "_dmarc.example.com": REJECT})
    assert judged(zone, "m.example.com", [], ["example.com"]).result == "fail"
    assert zone.texts[:1] == ["_dmarc.m.example.com"]
    assert judged(zone, "m.example.com", [], ["a.m.example.com"]).result == "pass"
    assert judged(zone, "a.example.com", [], ["m.example.com"]).result == "fail"


def test_neighbours_under_a_public_suffix_do_not_align():
    zone = {"_dmarc.bank.example": REJECT + "; psd=y"}
    assert (
        judged(zone, "giant.bank.example", ["bank.example"], ["mega.bank.example"]).result == "fail"
    )
    assert judged(zone, "bank.example", ["mail.bank.example"]).result == "fail"
    assert judged(zone, "a.giant.bank.example", ["giant.bank.example"]).result == "pass"


def test_the_public_suffix_list_is_not_used():
    zone = {"_dmarc.blogspot.com": REJECT}
    verdict = judged(zone, "ana.blogspot.com", [], ["ben.blogspot.com"])
    assert (verdict.result, verdict.domain) == ("pass", "blogspot.com")


def test_identifiers_elsewhere_are_not_asked_about_and_twenty_are_the_most():
    zone = Listening({"_dmarc.example.com": REJECT})
    judged(zone, "example.com", ["bounce.esp.example.net"], ["esp.example.net"])
    assert zone.texts == ["_dmarc.example.com", "_dmarc.com"]
    zone = Listening({"_dmarc.example.com": REJECT, **{
        f"_dmarc.s{n}.example.com": REJECT + "; psd=n" for n in range(99)
    }})  # fmt: skip
    verdict = judged(zone, "example.com", [], [f"s{n}.example.com" for n in range(99)])
    assert len(zone.texts) == 2 + dmarc.MAX_IDENTIFIERS
    assert verdict.result == "temperror", "one that was not compared might have aligned"


NP = "v=DMARC1; p=reject; sp=none; np=quarantine"


@pytest.mark.parametrize(
    ("below", "wanted"),
    [
        ({}, "quarantine"),
        ({"sub.example.com": [{"type": "A", "value": "192.0.2.1"}]}, "none"),
        ({"sub.example.com": [{"type": "MX", "value": [1, "mx.example.com"]}]}, "none"),
        ({"sub.example.com": []}, "none"),
    ],
)
def test_np_is_for_names_that_do_not_exist(below, wanted):
    verdict = judged({"_dmarc.example.com": NP, **below}, "sub.example.com")
    assert (verdict.policy, verdict.domain) == (wanted, "example.com")


@pytest.mark.parametrize(
    ("record", "exists", "wanted"),
    [
        ("p=reject", False, "reject"),
        ("p=reject; sp=none", False, "none"),
        ("p=none; np=reject", True, "none"),
        ("p=none; np=reject", False, "reject"),
        ("p=none; sp=quarantine; np=reject", False, "reject"),
        ("p=none; sp=quarantine; np=reject", True, "quarantine"),
    ],
)
def test_sp_and_np_fall_back_in_their_order(record, exists, wanted):
    zone: dict[str, Any] = {"_dmarc.example.com": f"v=DMARC1; {record}"}
    if exists:
        zone["sub.example.com"] = [{"type": "A", "value": "192.0.2.1"}]
    assert judged(zone, "sub.example.com").policy == wanted


def test_whether_a_name_exists_is_asked_only_where_it_matters():
    for record, author in ((NP, "example.com"), (REJECT, "sub.example.com"),
                           (NP, "a" * 64 + ".example.com")):  # fmt: skip
        zone = Listening({"_dmarc.example.com": record})
        judged(zone, author)
        assert [kind for _, kind in zone.asked if kind != "TXT"] == []
    assert judged({"_dmarc.example.com": NP}, "a" * 64 + ".example.com").policy == "quarantine"


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ("p=reject; t=y", "quarantine"),
        ("p=quarantine; t=y", "none"),
        ("p=none; t=y", "none"),
        ("p=reject; t=Y", "quarantine"),
        ("p=reject; t=n", "reject"),
        ("p=reject; t=yes", "reject"),
        ("p=reject; pct=0", "reject"),
        ("p=reject; pct=200; ri=x; rf=y; fo=9", "reject"),
    ],
)
def test_test_mode_lowers_the_policy_by_one_and_pct_by_nothing(record, wanted):
    verdict = judged({"_dmarc.example.com": f"v=DMARC1; {record}"}, "example.com")
    assert (verdict.result, verdict.policy) == ("fail", wanted)


@pytest.mark.parametrize(
    ("text", "p"),
    [
        ("v=DMARC1;p=reject", "reject"),
        ("v=DMARC1;p=reject;", "reject"),
        ("v = DMARC1 ; p = reject ; ", "reject"),
        ("V=DMARC1; P=Reject", "reject"),
        ("v=DMARC1; sp=none; p=quarantine", "quarantine"),
        ("v=DMARC1; p=reject; unknown=x; =y; z; ;;", "reject"),
        ("v=DMARC1; p=none; p=reject", "reject"),
        ("v=DMARC1\t;\tp=reject", "reject"),
        ("v=DMARC1; p=reject; adkim=x; aspf=; t=; psd=maybe", "reject"),
        ("v=DMARC1; rua=mailto:a@b.test", "none"),
        ("v=DMARC1; p=block; rua=mailto:a@b.test!10m", "none"),
        ("v=DMARC1; p=reject; sp=maybe; rua=mailto:a@b.test", "none"),
        ("v=DMARC1; p=reject; np=; rua=mailto:a@b.test", "none"),
        ("v=DMARC1; p=; rua=https://b.test/dmarc", "none"),
    ],
)
def test_a_record_is_read_as_far_as_it_can_be(text, p):
    record = policy.single([text])
    assert record is not None
    assert record.valid
    assert (record.p, record.adkim, record.aspf, record.t, record.psd) == (p, "r", "r", "n", "u")


@pytest.mark.parametrize(
    "text",
    [
        "v=dmarc1; p=reject",
        "v=DMARC1x; p=reject",
        "v=DMARC2; p=reject",
        "p=reject; v=DMARC1",
        "v=DMARC1 p=reject",
        "\xef\xbb\xbfv=DMARC1; p=reject",
        "",
        "dmarc",
    ],
)
def test_what_does_not_begin_with_its_version_is_no_record(text):
    assert policy.single([text]) is None
    assert judged({"_dmarc.example.com": text}, "example.com").result == "none"


@pytest.mark.parametrize(
    "told",
    ["adkim=s", "p=block", "p=reject; sp=nope; rua=a@b.test", "p=reject; np=x; rua=mailto:",
     "", "rua="],
)  # fmt: skip
def test_a_record_without_a_policy_that_counts_ends_the_evaluation(told):
    zone = {"_dmarc.m.example.com": f"v=DMARC1; {told}", "_dmarc.example.com": REJECT}
    verdict = judged(zone, "m.example.com", ["m.example.com"])
    assert (verdict.result, verdict.policy, verdict.domain) == ("none", None, "m.example.com")
    assert verdict.why


def test_a_record_in_pieces_is_one_record():
    zone = {"_dmarc.example.com": [{"type": "TXT", "value": ["v=DMARC1; p=re", "ject"]}]}
    assert judged(zone, "example.com").policy == "reject"


FAILS = [{"type": "TXT", "value": "SERVFAIL"}]


@pytest.mark.parametrize(
    ("zone", "author", "dkim", "result", "wanted"),
    [
        # the policy cannot be found
        ({"_dmarc.example.com": FAILS}, "mail.example.com", "example.com", "temperror", None),
        ({"_dmarc.example.com": FAILS}, "example.com", "example.com", "temperror", None),
        # it is known, and the walk above it fails
        ({"_dmarc.example.com": REJECT, "_dmarc.com": FAILS}, "example.com", "example.com",
         "pass", "reject"),
        ({"_dmarc.example.com": REJECT, "_dmarc.com": FAILS}, "example.com", "a.example.com",
         "temperror", "reject"),
        ({"_dmarc.example.com": REJECT, "_dmarc.com": FAILS}, "example.com", "cy.test",
         "fail", "reject"),
        ({"_dmarc.example.com": REJECT, "_dmarc.com": FAILS}, "example.com", "cy.com",
         "temperror", "reject"),
        # the identifier's own walk fails
        ({"_dmarc.example.com": REJECT, "_dmarc.m.example.com": FAILS}, "example.com",
         "m.example.com", "temperror", "reject"),
        ({"_dmarc.example.com": REJECT + "; adkim=s", "_dmarc.m.example.com": FAILS},
         "example.com", "m.example.com", "fail", "reject"),
        # whether the name exists cannot be told
        ({"_dmarc.example.com": NP, "s.example.com": [{"type": "A", "value": "TIMEOUT"}]},
         "s.example.com", "example.com", "temperror", None),
    ],
)  # fmt: skip
def test_dns_that_fails_leaves_the_verdict_open_only_where_it_matters(
    zone, author, dkim, result, wanted
):
    verdict = judged(zone, author, [], [dkim])
    assert (verdict.result, verdict.policy) == (result, wanted)


def test_another_identifier_that_aligns_outweighs_a_walk_that_fails():
    zone = {"_dmarc.example.com": REJECT, "_dmarc.m.example.com": FAILS}
    verdict = judged(zone, "example.com", ["b.example.com"], ["m.example.com"])
    assert (verdict.result, verdict.spf, verdict.dkim) == ("pass", "b.example.com", None)


def test_names_that_dns_cannot_hold_are_not_asked_for():
    zone = Listening({"_dmarc.example.com": REJECT})
    assert judged(zone, "a" * 64 + ".example.com").policy == "reject"
    assert zone.texts == ["_dmarc.example.com", "_dmarc.com"]
    assert judged({}, ".".join(["abc"] * 80)).result == "none"


def test_one_world_is_asked_once():
    zone = Listening({"_dmarc.example.com": REJECT})
    judged(zone, "a.example.com", ["b.example.com"], ["b.example.com", "c.example.com"])
    assert len(zone.texts) == len(set(zone.texts))


def test_no_author_and_several_authors_are_not_evaluated():
    proved = dmarc.Identifiers(passed=["a.test"]), dmarc.Identifiers()
    several = asyncio.run(dmarc.evaluate(Author(several=True), *proved, Zone({})))
    nobody = asyncio.run(dmarc.evaluate(Author(why="none"), *proved, Zone({})))
    assert (several.result, nobody.result) == ("no_evaluation", "none")


@pytest.mark.parametrize(
    ("undecided", "passed", "result"),
    [
        (["example.com"], [], "temperror"),
        (["m.example.com"], [], "temperror"),
        (["example.net"], [], "fail"),
        (["example.com"], ["example.com"], "pass"),
        (["example.com"], ["example.net"], "temperror"),
    ],
)
def test_what_spf_and_dkim_could_not_decide_leaves_dmarc_open(undecided, passed, result):
    zone = Zone({"_dmarc.example.com": written(REJECT)})
    author = Author(domain="example.com")
    open_ = dmarc.Identifiers(undecided=undecided)
    proved = dmarc.Identifiers(passed=passed)
    assert asyncio.run(dmarc.evaluate(author, open_, proved, zone)).result == result
    assert asyncio.run(dmarc.evaluate(author, proved, open_, zone)).result == result
