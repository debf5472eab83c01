"""Every set-up of the file, built in a real name server, is named for what it is, with its mend."""

import pytest
import trustme

from proving import nsd, setups
from sendoff.proving import gathering, judging

pytestmark = pytest.mark.skipif(
    not nsd.NSD, reason="Debian's nsd is not installed: apt install nsd"
)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> setups.Trusted:
    authority = trustme.CA()
    roots = tmp_path_factory.mktemp("roots") / "ca.pem"
    authority.cert_pem.write_to_path(str(roots))
    return setups.Trusted(authority, roots)


def test_there_are_forty_set_ups_at_least():
    assert len(setups.every()) - 1 >= 40


@pytest.mark.parametrize("setup", setups.every(), ids=lambda setup: setup["name"])
async def test_a_set_up_is_named_for_what_it_is(setup, trusted, tmp_path):
    subject = setups.subject(setup)
    async with setups.standing(setup, trusted, tmp_path) as net:
        facts = await gathering.gather(subject, net)
    records = judging.judge(subject, facts)
    for expected in setup["expect"]:
        assert problems(expected, records) == []
    told = {(each["kind"], each["rule"]) for each in setup["expect"]}
    others = {(record.kind, rule) for record in records for rule in rules(record)}
    assert others - told == set()
    assert judging.ready(records) is setup["ready"]


def rules(record):
    """Rules that something is to be mended by: of faults, and of advice."""
    faults = () if record.verdict == "ok" and not record.mend else (record.rule,)
    return (*faults, *(each.rule for each in record.advice))


def problems(expected, records):
    """What is not as the file says it."""
    of_kind = [record for record in records if record.kind == expected["kind"]]
    for record in of_kind:
        for said in (record, *record.advice):
            if said.rule == expected["rule"]:
                return list(differences(expected, record, said))
    return [f"{expected['rule']} was not found: {[(r.rule, r.sentence) for r in of_kind]}"]


def differences(expected, record, said):
    if record.verdict != expected["verdict"]:
        yield f"the verdict is {record.verdict}"
    yield from setups.unsaid(expected, said.sentence, said.mend)
