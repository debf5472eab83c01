"""The names of the pretend internet and their records. Speaks no wire format, opens no socket.

Two layers: what the personalities publish, and what owners entered through the registrar.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from recipients.personality import Personality

APEXES = ("test", "in-addr.arpa", "google.com")  # the last: for the host of a pretend Gmail
SOA = "ns1.recipients.test hostmaster.recipients.test 1 3600 600 86400 60"
TYPES = ("A", "AAAA", "MX", "TXT", "PTR", "NS", "SOA", "CNAME")
DEAD_ADDRESS = "127.77.0.250"  # the first MX host of a `two_mx` provider: nothing ever listens

NOERROR, NXDOMAIN, SERVFAIL, REFUSED = "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"

# What makes a forged From fail: a neighbour that asks everybody to refuse mail not its own.
NEIGHBOUR = (
    ("neighbour.test", "TXT", "v=spf1 -all"),
    ("_dmarc.neighbour.test", "TXT", "v=DMARC1; p=reject"),
)

# A blocklist as RFC 5782 has them, with its test entry; what else it lists is the demo's sender.
BLOCKLIST = (
    ("2.0.0.127.bl.recipients.test", "A", "127.0.0.2"),
    ("9.0.0.127.bl.recipients.test", "A", "127.0.0.2"),
)


class RecordError(ValueError):
    """A record cannot be taken; the sentence names it and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as one would paste it at a DNS host: `value` is plain text, TXT unquoted."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the name server says: NOERROR with no records is NODATA."""

    rcode: str
    records: tuple[Record, ...] = ()


class Zone:
    """All names below `test.` and the reverse names, with what owners entered on top."""

    def __init__(self, personalities: Iterable[Personality]) -> None:
        self._built: dict[tuple[str, str], list[Record]] = {}
        self._entered: dict[tuple[str, str], list[Record]] = {}
        self._names: set[str] = set()
        self._failing: set[str] = set()
        for record in _base_records():
            self._built.setdefault((record.name, record.type), []).append(record)
        for personality in personalities:
            self._build(personality)
        self._index()

    def look_up(self, name: str, kind: str) -> Answer:
        """Answer one question, following CNAMEs within the zone."""
        key = _key(name)
        if not any(key == apex or key.endswith(f".{apex}") for apex in APEXES):
            return Answer(rcode=REFUSED)
        chain: list[Record] = []
        while key not in {_key(link.name) for link in chain}:
            if any(key == bad or key.endswith(f".{bad}") for bad in self._failing):
                return Answer(rcode=SERVFAIL)
            found = self._at(key, kind)
            if found or key not in self._names:
                rcode = NOERROR if found or chain else NXDOMAIN
                return Answer(rcode=rcode, records=(*chain, *found))
            alias = self._at(key, "CNAME")
            if not alias:
                break
            chain.append(alias[0])
            key = _key(alias[0].value)
        return Answer(rcode=NOERROR, records=tuple(chain))

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT values at a name, each joined as the checks want them."""
        return tuple(r.value for r in self.look_up(name, "TXT").records if r.type == "TXT")

    def enter(self, records: Iterable[Record]) -> None:
        """Put the owner's records in place of what was entered for the same name and type.

        All or nothing: raises RecordError and changes nothing if one of them is not good.
        """
        fresh: dict[tuple[str, str], list[Record]] = {}
        for record in map(_checked, records):
            fresh.setdefault((record.name, record.type), []).append(record)
        self._entered |= fresh
        self._index()

    def withdraw(self, records: Iterable[Record]) -> int:
        """Take entered records out; an empty value means every record of that name and type."""
        before = len(self.entered)
        for record in records:
            key = (_key(record.name), record.type.upper())
            kept = [r for r in self._entered.pop(key, []) if record.value not in ("", r.value)]
            if kept:
                self._entered[key] = kept
        self._index()
        return before - len(self.entered)

    @property
    def entered(self) -> tuple[Record, ...]:
        """What owners entered, in the order of the names."""
        return tuple(r for _, records in sorted(self._entered.items()) for r in records)

    def _at(self, key: str, kind: str) -> list[Record]:
        return self._entered.get((key, kind)) or self._built.get((key, kind)) or []

    def _build(self, personality: Personality) -> None:
        if personality.dns == "servfail":
            self._failing.update(personality.domains)
        if personality.dns in ("servfail", "nxdomain"):
            return
        for record in _records_of(personality):
            self._built.setdefault((record.name, record.type), []).append(record)

    def _index(self) -> None:
        """Every name that exists, the empty ones between included (RFC 8020)."""
        names: set[str] = set(APEXES)
        for name, _ in (*self._built, *self._entered):
            labels = name.split(".")
            names.update(".".join(labels[n:]) for n in range(len(labels) - 1))
        self._names = names


def rdata_of(record: Record) -> dns.rdata.Rdata:
    """The record in dnspython's form; raises RecordError."""
    value = _quoted(record.value) if record.type == "TXT" else record.value
    try:
        kind = dns.rdatatype.from_text(record.type)
        cls = dns.rdataclass.IN
        return dns.rdata.from_text(cls, kind, value, origin=dns.name.root, relativize=False)
    except dns.exception.DNSException as problem:
        place = f"{record.name} {record.type}"
        raise RecordError(f"The value of {place} cannot be read: {problem}.") from problem


def reverse_name(address: str) -> str:
    """The name under which the PTR record of an IPv4 address stands."""
    return ".".join((*reversed(address.split(".")), "in-addr.arpa"))


def _records_of(personality: Personality) -> Iterable[Record]:
    host, address = personality.mail_host, personality.address
    for domain in personality.domains:
        yield Record(name=domain, type="NS", value="ns1.recipients.test")
        if personality.dns == "null_mx":
            yield Record(name=domain, type="MX", value="0 .")
        elif personality.dns == "address_only":
            yield Record(name=domain, type="A", value=address)
        else:
            if personality.dns == "two_mx":
                yield Record(name=domain, type="MX", value=f"10 mx1.{personality.domains[0]}")
            yield Record(name=domain, type="MX", value=f"20 {host}")
    if personality.dns == "two_mx":
        yield Record(name=f"mx1.{personality.domains[0]}", type="A", value=DEAD_ADDRESS)
    if personality.dns in ("mx", "two_mx"):
        yield Record(name=host, type="A", value=address)
        yield Record(name=reverse_name(address), type="PTR", value=host)


def _base_records() -> Iterable[Record]:
    for apex in APEXES:
        yield Record(name=apex, type="SOA", value=SOA)
        yield Record(name=apex, type="NS", value="ns1.recipients.test")
    yield Record(name="ns1.recipients.test", type="A", value="127.0.0.1")
    for name, kind, value in (*NEIGHBOUR, *BLOCKLIST):
        yield Record(name=name, type=kind, value=value)


def _checked(record: Record) -> Record:
    made = Record(name=_key(record.name), type=record.type.upper(), value=record.value.strip())
    if made.type not in TYPES:
        raise RecordError(
            f"{record.name}: type {record.type!r} is not kept here; use one of {TYPES}."
        )
    if not any(made.name.endswith(f".{apex}") for apex in APEXES):
        raise RecordError(f"{record.name!r} is not below .test or in-addr.arpa; use such a name.")
    try:
        dns.name.from_text(made.name)
    except (dns.exception.DNSException, UnicodeError) as problem:
        raise RecordError(f"{record.name!r} cannot be a name: {problem}.") from problem
    rdata = rdata_of(made)
    if made.type != "TXT":
        return made
    text = b"".join(getattr(rdata, "strings", ())).decode("utf-8", "replace")
    return Record(name=made.name, type="TXT", value=text)  # unquoted, however it was pasted


def _quoted(value: str) -> str:
    """TXT text as quoted strings of at most 255 bytes (RFC 1035 3.3); quoted text stays."""
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        return value
    data = value.encode()
    chunks = [data[n : n + 255] for n in range(0, len(data), 255)] or [b""]
    return " ".join('"' + "".join(map(_escaped, chunk)) + '"' for chunk in chunks)


def _escaped(byte: int) -> str:
    plain = 32 <= byte < 127 and byte not in (34, 92)
    return chr(byte) if plain else f"\\{byte:03d}"


def _key(name: str) -> str:
    return name.strip().lower().rstrip(".")
