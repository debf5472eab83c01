"""What a check found is kept: the last state, what changed since when, and what broke."""

from dataclasses import replace

import pytest

from sendoff.lib.config import config
from sendoff.proving import checking, judging, watching, zonefile
from sendoff.proving.facts import Facts
from sendoff.senders import public as senders

pytestmark = pytest.mark.django_db


def nothing_published(domain):
    return judging.judge(checking.subject_of(domain.id), Facts())


def all_right(domain):
    return [replace(each, verdict="ok", rule="x-ok") for each in nothing_published(domain)]


def without(records, kind):
    gone = {"verdict": "missing", "rule": "gone", "sentence": "It is gone."}
    return [replace(each, **gone) if each.kind == kind else each for each in records]


def test_the_last_check_is_read_as_it_was_kept(domain):
    kept = checking.keep(domain.id, nothing_published(domain))
    assert checking.last(domain.id) == kept
    assert not kept.ready
    assert checking.last_of(domain.workspace_id) == {domain.id: kept}


def test_a_record_that_breaks_is_told_with_the_moment_until_it_is_mended(domain):
    checking.keep(domain.id, all_right(domain))
    assert checking.broken(domain.workspace_id) == []
    checking.keep(domain.id, without(all_right(domain), "dkim"))
    ((checked, change),) = checking.broken(domain.workspace_id)
    assert not checked.ready
    assert (change.purpose, change.before, change.after) == ("DKIM key", "ok", "missing")
    assert change.at_ms == checked.at_ms
    checking.keep(domain.id, all_right(domain))
    assert checking.broken(domain.workspace_id) == []
    assert [each.after for each in checking.history(domain.id)] == ["ok", "missing"]


def test_what_was_never_right_is_not_called_broken(domain):
    checking.keep(domain.id, nothing_published(domain))
    checking.keep(domain.id, nothing_published(domain))
    assert checking.broken(domain.workspace_id) == []
    assert checking.history(domain.id) == []


def test_a_domain_is_due_when_it_was_never_looked_at_and_when_its_time_has_come(domain):
    assert checking.due(0) == [domain.id]
    kept = checking.keep(domain.id, nothing_published(domain))
    assert checking.due(kept.next_ms - 1) == []
    assert checking.due(kept.next_ms) == [domain.id]


def test_what_is_published_is_the_same_wherever_it_is_said(domain):
    found = {(each.host, each.type): each.expected for each in checking.wanted(domain.id)}
    told = senders.records(domain.id, senders.source_ips(domain.workspace_id))
    assert {(each.host, each.type): each.value for each in told}.items() <= found.items()


def test_the_zone_file_has_what_is_to_be_published_in_strings_of_255(domain):
    text = zonefile.write(domain.name, checking.wanted(domain.id))
    assert 'bounces.shop.test.\tIN\tTXT\t"v=spf1 ip4:203.0.113.7 -all"' in text
    assert "bounces.shop.test.\tIN\tMX\t10 mail.shop.test." in text
    (key,) = [line for line in text.splitlines() if line.startswith("s1._domainkey")]
    assert [len(piece) for piece in key.split('"')[1::2]][0] == 255
    assert "PTR" not in text


def test_the_watch_looks_at_what_is_due_and_asks_nobody_when_told_so(domain, empty_dns):
    silent = config().model_copy(update={"domain_check_hours": 0})
    assert watching.Watch(silent).tick() == 0
    watch = watching.Watch(config())
    assert watch.tick() == 1
    watch.wait()
    assert watch.tick() == 0
    kept = checking.last(domain.id)
    assert {each.verdict for each in kept.records if each.needed} == {"missing"}
