"""Judge the name of a domain, its return path, addresses, links and mailboxes. No I/O."""

import ipaddress
import re
import unicodedata

import idna

from sendoff.mail.auth.names import Answer, Status
from sendoff.proving import saying, troubles
from sendoff.proving.facts import Facts
from sendoff.proving.found import Seen, Wanted
from sendoff.proving.subject import Source, Subject
from sendoff.smtp.hosts import is_public

_DYNAMIC = re.compile(
    r"(?:^|[.\d_-])(?:dyn|dynamic|dhcp|pool|ppp|dial-?up|x?dsl|adsl|cable|broadband|unassigned|"
    r"unknown|no-?ptr)(?:[.\d_-]|$)"
)
# Letters of other alphabets that look like Latin ones; a name of these alone is a mask (UTS 39 4).
_LOOKALIKES = frozenset("аеорсухіјѕһӏԁԛԝսոքցհօαοινρτυχκ")
_TOGETHER = (
    frozenset(("LATIN", "CJK", "HIRAGANA", "KATAKANA")),
    frozenset(("LATIN", "CJK", "HANGUL")),
    frozenset(("LATIN", "CJK", "BOPOMOFO")),
)  # UTS 39 5.2, highly restrictive


def domain(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether the name is in DNS at all, and whether people can trust their eyes with it."""
    name, answer = subject.domain, facts.of(subject.domain, "TXT")
    wanted = Wanted(
        kind="domain", purpose="The domain", host=name, type="NS", expected="", needed=False
    )
    shown = written(name)
    words: dict[str, object] = {"domain": name, "shown": shown, "said": answer.said}
    rule = "domain-ok"
    if answer.status is Status.FAILED:
        rule = "domain-unreachable"
    elif answer.status is Status.NXDOMAIN:
        rule = "domain-missing"
    elif shown != name:
        rule, words["alphabets"] = _letters(shown)
    return [
        Seen(
            wanted=wanted,
            answer="" if rule == "domain-missing" else shown,
            findings=[(rule, words)],
        )
    ]


def written(name: str) -> str:
    """A domain as people write it: letters in the place of xn-- labels, where that can be."""
    labels = []
    for label in name.split("."):
        try:
            labels.append(idna.decode(label) if label.startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    return ".".join(labels)


def _letters(shown: str) -> tuple[str, str]:
    """The rule for a name outside ASCII, and the alphabets that it mixes."""
    for label in shown.split("."):
        letters = [c for c in label if c.isalpha()]
        scripts = {unicodedata.name(c, "UNKNOWN").split()[0].split("-")[0] for c in letters}
        if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
            return "domain-mixed-letters", " and ".join(sorted(s.title() for s in scripts))
        if letters and scripts != {"LATIN"} and _LOOKALIKES.issuperset(letters):
            return "domain-lookalike", ", ".join(sorted(s.title() for s in scripts))
    return "domain-international", ""


def mx_return_path(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether the return path takes mail: bounces come back by it, and receivers look."""
    back = subject.return_path
    wanted = Wanted(
        kind="mx-return-path",
        purpose="Mail server of the return path",
        host=back,
        type="MX",
        expected=subject.mx,
        needed=True,
    )
    answer = facts.of(back, "MX")
    words: dict[str, object] = {"back": back, "wanted": subject.mx, "said": answer.said}
    finding = (
        ("mx-unreachable", words)
        if answer.status is Status.FAILED and back not in facts.aliases
        else troubles.of(wanted, subject.domain, facts)
    )
    return [Seen(wanted=wanted, answer=answer, findings=[finding or _mx(answer, facts, words)])]


def _mx(answer: Answer, facts: Facts, words: dict[str, object]) -> saying.Finding:
    if not answer.values:
        return "mx-missing", words
    if answer.values in ((".",), ("",)):
        return "mx-null", words
    faults = (_mx_host(host, facts, words) for host in answer.values)
    return next(filter(None, faults), ("mx-ok", {**words, "hosts": ", ".join(answer.values)}))


def _mx_host(host: str, facts: Facts, words: dict[str, object]) -> saying.Finding | None:
    told = {**words, "host": host}
    if _is_address(host):
        return "mx-address", told
    if host in facts.aliases:
        return "mx-alias", {**told, "target": facts.aliases[host].target}
    if facts.trouble(host):
        return "mx-host-unreachable", {**told, "said": facts.trouble(host)}
    return None if facts.addresses(host) else ("mx-without-address", told)


def ptr(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether each sending address has a name that leads back to it (FCrDNS)."""
    found = []
    for source in {each.ip: each for each in reversed(subject.sources)}.values():
        wanted = Wanted(
            kind="ptr",
            purpose=f"Name of the sending address {source.ip}",
            host=source.reverse,
            type="PTR",
            expected=f"{source.helo}.",
            needed=True,
        )
        answer = facts.of(source.reverse, "PTR")
        found.append(Seen(wanted=wanted, answer=answer, findings=[_ptr(source, answer, facts)]))
    return found


def _ptr(source: Source, answer: Answer, facts: Facts) -> saying.Finding:
    words: dict[str, object] = {
        "ip": source.ip,
        "helo": source.helo,
        "reverse": source.reverse,
        "said": answer.said,
        "type": source.type,
        "names": ", ".join(answer.values),
    }
    if answer.status is Status.FAILED:
        return "ptr-unreachable", words
    if not answer.values:
        return "ptr-missing", words
    confirmed = [name for name in answer.values if source.ip in _same(facts.addresses(name))]
    if not confirmed:
        name = answer.values[0]
        there = facts.addresses(name)
        leads = f"leads to {', '.join(there)}" if there else "has no address"
        if facts.trouble(name):
            return "ptr-unreachable", {**words, "said": facts.trouble(name)}
        return "ptr-not-confirmed", {**words, "name": name, "leads": leads}
    words["name"] = confirmed[0]
    return "ptr-generic" if generic(confirmed[0], source.ip) else "ptr-ok", words


def generic(name: str, ip: str) -> bool:
    """Whether a name was made from the address, as providers name what they hand out."""
    name = name.lower()
    address = ipaddress.ip_address(ip)
    if address.version == 6:
        packed = address.exploded.replace(":", "")
        return packed[16:] in re.sub(r"[^0-9a-f]", "", name) or bool(_DYNAMIC.search(name))
    parts = ip.split(".")
    numbers = re.findall(r"\d+", name)
    runs = [[str(int(n)) for n in numbers[at : at + 4]] for at in range(len(numbers) - 3)]
    hexed = "".join(f"{int(part):02x}" for part in parts)
    return bool(parts in runs or parts[::-1] in runs or hexed in name or _DYNAMIC.search(name))


def helo(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether the names that we greet with lead to the addresses that greet."""
    found = []
    for source in dict.fromkeys(subject.sources):
        wanted = Wanted(
            kind="helo",
            purpose=f"Address of the name we greet with, {source.helo}",
            host=source.helo,
            type=source.type,
            expected=source.ip,
            needed=False,
        )
        finding = _helo(source, subject, facts)
        there = ", ".join(facts.addresses(source.helo))
        found.append(Seen(wanted=wanted, answer=there, findings=[finding]))
    return found


def _helo(source: Source, subject: Subject, facts: Facts) -> saying.Finding:
    there = facts.addresses(source.helo)
    words: dict[str, object] = {
        "helo": source.helo,
        "ip": source.ip,
        "type": source.type,
        "there": ", ".join(there),
        "said": facts.trouble(source.helo),
        "better": f"mail.{subject.domain}",
    }
    if "." not in source.helo or _is_address(source.helo):
        return "helo-no-name", words
    if facts.trouble(source.helo):
        return "helo-unreachable", words
    if not there:
        return "helo-missing", words
    return "helo-ok" if source.ip in _same(there) else "helo-other-address", words


def links(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether recipients reach the host in links and pictures."""
    host = subject.links
    wanted = Wanted(
        kind="links",
        purpose="Host of links and pictures",
        host=host,
        type="A",
        expected="an address of the internet that leads to these pages",
        needed=False,
    )
    there = (host,) if _is_address(host) else facts.addresses(host)
    words: dict[str, object] = {
        "host": host,
        "there": ", ".join(there),
        "said": facts.trouble(host),
        "url": subject.base_url,
    }
    return [
        Seen(
            wanted=wanted,
            answer=", ".join(there),
            findings=[(_links(subject, facts, there), words)],
        )
    ]


def _links(subject: Subject, facts: Facts, there: tuple[str, ...]) -> str:
    if subject.at_home:
        return (
            "links-at-home" if _is_address(subject.links) else _plain_links(subject, facts, there)
        )
    if there and not any(map(is_public, there)):
        return "links-private"
    return "links-by-address" if _is_address(subject.links) else _plain_links(subject, facts, there)


def _plain_links(subject: Subject, facts: Facts, there: tuple[str, ...]) -> str:
    if facts.trouble(subject.links):
        return "links-unreachable"
    if not there:
        return "links-missing"
    return "links-ok" if subject.base_url.startswith("https:") else "links-in-clear"


def mailboxes(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether postmaster@ and abuse@ take mail (RFC 2142; RFC 5321 4.5.1)."""
    found = []
    for name in ("postmaster", "abuse"):
        address = f"{name}@{subject.domain}"
        wanted = Wanted(
            kind=name,
            purpose=address,
            host=subject.domain,
            type="mailbox",
            expected="250",
            needed=False,
        )
        heard = facts.mailboxes.get(address)
        words: dict[str, object] = {"address": address, "domain": subject.domain}
        said = f"{heard.said}" if heard else ""
        words |= {"host": heard.host if heard else "", "said": said}
        found.append(
            Seen(wanted=wanted, answer=said, findings=[(_mailbox(subject, facts, address), words)])
        )
    return found


def _mailbox(subject: Subject, facts: Facts, address: str) -> str:
    heard = facts.mailboxes.get(address)
    if heard is None:
        return "mailbox-nowhere"
    if 200 <= heard.code < 300:
        return "mailbox-ok"
    return "mailbox-refused" if heard.code >= 500 else "mailbox-unreachable"


def _same(addresses: tuple[str, ...]) -> set[str]:
    """Addresses in their one normal form."""
    return {str(ipaddress.ip_address(address)) for address in addresses}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
