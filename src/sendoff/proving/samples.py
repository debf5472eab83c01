"""Judge the samples of the rules of this room, in one fixed set-up; only to prove the rules.

A sample is a small world, its parts with ` | ` between, or `nothing`:
`NAME TYPE VALUE` is a record; (servfail) cannot be asked for, (5000 characters) is so many;
`alias NAME TARGET`, `circle NAME TARGET`: where CNAMEs lead; `wildcard VALUE`;
`policy MODE HOST…`, `trouble WORD WHY`: what became of the MTA-STS policy;
`mailbox ADDRESS CODE WORDS`: what the mail server said;
`dmarc WHERE SPF RECORD`: what applies, and what SPF proves in line with it (- for nothing);
`old HOST`: a key that signs no longer; `set FIELD VALUE`: another subject than the fixed one.
What is not there is absent. shop.test sends from 203.0.113.7 as mail.shop.test.
"""

from dataclasses import replace
from typing import Any

from sendoff.mail.auth import dmarc, policy
from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.stages import Evidence
from sendoff.proving import judging
from sendoff.proving.facts import Alias, Facts, Heard
from sendoff.proving.subject import Key, Source, Subject
from sendoff.smtp import mta_sts
from sendoff.smtp.policies import Discovered

IP = "203.0.113.7"
SUBJECT = Subject(
    domain="shop.test",
    keys=(Key(host="s1._domainkey.shop.test", value="v=DKIM1; k=rsa; p=MIGf"),),
    return_path="bounces.shop.test",
    sources=(Source(ip=IP, helo="mail.shop.test"),),
    base_url="https://links.shop.test",
)


def found(scope: str, text: str) -> list[str]:
    """The ids of the rules that hold for a sample."""
    world: dict[str, Any] = {"answers": {}, "aliases": {}, "mailboxes": {}}
    subject = SUBJECT
    for part in filter(None, (part.strip() for part in text.split(" | "))):
        word, _, rest = part.partition(" ")
        if word == "nothing":
            continue
        if word == "set":
            subject = _changed(subject, rest)
        elif word == "old":
            subject = replace(subject, old_keys=(Key(host=rest, value=""),))
        elif word in _PARTS:
            _PARTS[word](world, rest)
        else:
            _record(world, part)
    return judging.of_kind(scope, subject, Facts(**world))


def _changed(subject: Subject, rest: str) -> Subject:
    field, _, value = rest.partition(" ")
    if field == "helo":
        return replace(subject, sources=(Source(ip=subject.ips[0], helo=value),))
    if field == "ip":
        return replace(subject, sources=(Source(ip=value, helo="mail.shop.test"),))
    if field == "relay":
        return replace(subject, sources=())
    if field == "at_home":
        return replace(subject, at_home=value == "yes")
    changed: dict[str, Any] = {field: value}
    return replace(subject, **changed)


def _record(world: dict[str, Any], part: str) -> None:
    name, kind, value = part.split(" ", 2)
    key = name, kind
    if value == "(servfail)":
        world["answers"][key] = Answer(status=Status.FAILED, said="the name servers fail")
        return
    before = world["answers"].get(key, Answer(status=Status.FOUND))
    value = value.replace("(5000 characters)", "0" * 5000)
    text = value.split()[-1].rstrip(".") or "." if kind == "MX" else value
    world["answers"][key] = replace(before, values=(*before.values, text))


def _alias(world: dict[str, Any], rest: str) -> None:
    name, target = rest.split()
    world["aliases"][name] = Alias(target=target)


def _circle(world: dict[str, Any], rest: str) -> None:
    name, target = rest.split()
    world["aliases"][name] = Alias(target=target, circle=True)


def _wildcard(world: dict[str, Any], rest: str) -> None:
    world["wildcard"] = Answer(status=Status.FOUND, values=(rest,))


def _policy(world: dict[str, Any], rest: str) -> None:
    mode, *hosts = rest.split()
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {h}" for h in hosts), "max_age: 1"]
    world["policy"] = Discovered(policy=mta_sts.parse("\n".join(lines), "1", 0))


def _trouble(world: dict[str, Any], rest: str) -> None:
    word, _, why = rest.partition(" ")
    evidence = Evidence(stage="dns", ms=0, command="GET", reply=f"No policy: {why}")
    world["policy"] = Discovered(trouble=word, evidence=(evidence,))


def _mailbox(world: dict[str, Any], rest: str) -> None:
    address, code, said = rest.split(" ", 2)
    world["mailboxes"][address] = Heard(host="mx.shop.test", code=int(code), said=said)


def _dmarc(world: dict[str, Any], rest: str) -> None:
    where, spf, text = rest.split(" ", 2)
    result = "temperror" if where == "(servfail)" else "pass" if spf != "-" else "fail"
    record = policy.parse(text)
    world["dmarc"] = dmarc.Verdict(
        result=result,
        policy=record.p,
        domain=where,
        spf=None if spf == "-" else spf,
        record=None if where == "(servfail)" else record,
    )


_PARTS = {
    "alias": _alias,
    "circle": _circle,
    "wildcard": _wildcard,
    "policy": _policy,
    "trouble": _trouble,
    "mailbox": _mailbox,
    "dmarc": _dmarc,
}
