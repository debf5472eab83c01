"""Send to real mail servers by direct delivery, then compare what they keep with the books.

`bin/drill interop`: Postfix, Exim and OpenSMTPD. A table on stderr, one JSON line on stdout; exit
code 1 at any difference, 3 where none of them can run here.
"""

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import dkim
import dns.resolver

from drills.receivers import ALL, LARGEST, Receiver
from journeys.installation import Installation

TLS = "1.3"
_EVERY_TENTH = 10  # of the people is nobody there
_PATIENCE_S = 60.0
_UNKNOWN = ("refused", "rcpt", "recipient", "bad_mailbox")
_TOO_BIG = ("refused", "mail", "our_content", "too_big")
_GREETING = """<html><body><p>Grüße, {{ first_name }} — a line of dots follows.</p>
<p>.
..
.hidden</p><p>see <a href="https://shop.test/sale?x=1&amp;y=2">the sale</a>.</p></body></html>"""
_LARGE = f"<html><body><p>{'All of it. ' * (LARGEST // 10)}</p></body></html>"

Row = dict[str, Any]
TxtRecord = Callable[..., bytes | None]


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of the mail to one receiver. `tls` and `dkim` count the messages it keeps."""

    receiver: str
    messages: int
    accepted: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # by stage and category
    tls: dict[str, int] = field(default_factory=dict)  # by version; "" is plain text
    dkim: int = 0
    differences: list[str] = field(default_factory=list)


class Drill:
    """Two campaigns, of which the second is too large, to every receiver at once."""

    def __init__(self, house: Installation, receivers: list[Receiver], messages: int) -> None:
        self.house, self.receivers = house, receivers
        self.people = [f"p{n}" for n in range(messages)]
        self.known = [name for n, name in enumerate(self.people) if (n + 1) % _EVERY_TENTH]

    def run(self) -> list[Result]:
        """The whole drill, each receiver being alive only within it."""
        with ExitStack() as living:
            self._open(living)
            self.house.clerk()
            self.house.sender()
            rows = self._sent("Customers", self.people, _GREETING)
            large = self._sent("Large", self.known[:1], _LARGE)
            results = [self._settled(each, rows, large) for each in self.receivers]
        return results

    def _open(self, living: ExitStack) -> None:
        self.house.open_names()
        port = self.house.facts["smtp_port"]
        for each in self.receivers:
            each.prepare(port, Path(self.house.facts["ca_file"]).parent, self.known)
            living.enter_context(each)
            self.house.publish(
                [
                    {"name": each.domain, "type": "MX", "value": f"10 {each.host}."},
                    {"name": each.host, "type": "A", "value": each.address},
                ]
            )
        self.house.set_up()

    def _sent(self, to: str, people: list[str], content: str) -> list[Row]:
        """Send to these people of every receiver; the books' rows."""
        domains = [each.domain for each in self.receivers]
        self.house.people([f"{name}@{domain}" for name in people for domain in domains], to=to)
        campaign = self.house.draft(to=to, content=content)
        self.house.send(campaign)
        self.house.done(campaign, within_s=120 + len(people))
        return self.house.rows(campaign)

    def _settled(self, receiver: Receiver, rows: list[Row], large: list[Row]) -> Result:
        """Compare, once the receiver has filed all that it accepted."""
        rows, large = ([row for row in all_ if _is_at(row, receiver)] for all_ in (rows, large))
        accepted = sum(row["state"] == "accepted" for row in rows)
        filed = lambda: len(list(receiver.stored())) >= accepted  # noqa: E731
        self.house.until(filed, _PATIENCE_S, f"{receiver.name} files all: {receiver.log[-1500:]}")
        result = Result(receiver=receiver.name, messages=len(rows) + len(large))
        books(result, rows, large, self.known)
        mail = list(receiver.stored())
        result.differences += kept(rows, mail)
        evidence(result, receiver, [each for _, each in mail], self._txt)
        told = self.house.sendoff("trace", f"{self.known[-1]}@{receiver.domain}")
        result.differences += traced(receiver, told["attempts"][-1]["tls"])
        return result

    def _txt(self, name: bytes, timeout: int = 5) -> bytes | None:
        """A TXT record of the pretend DNS, as dkimpy asks for it."""
        address, _, port = self.house.facts["dns"].rpartition(":")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [address], int(port)
        answer = resolver.resolve(name.decode(), "TXT", lifetime=timeout)
        return b"".join(answer[0].strings)


def books(result: Result, rows: list[Row], large: list[Row], known: list[str]) -> None:
    """Count what the books say, and hold it against who is known there."""
    for row in [*rows, *large]:
        if row["state"] == "accepted":
            result.accepted += 1
        else:
            what = f"{row['stage']} {row['category']}"
            result.refused[what] = result.refused.get(what, 0) + 1
    for row in rows:
        is_known = _local(row) in known
        right = row["state"] == "accepted" if is_known else _came(row) == _UNKNOWN
        if not right:
            result.differences.append(f"{row['address']}: {_came(row)} {row['reason']}")
    result.differences += [
        f"too large, {row['address']}: {_came(row)}" for row in large if _came(row) != _TOO_BIG
    ]


def kept(rows: list[Row], mail: list[tuple[str, bytes]]) -> list[str]:
    """Where the mailboxes differ from the accepted rows: each message in its box, and once."""
    booked = Counter((_local(r), r["message_id"]) for r in rows if r["state"] == "accepted")
    found = Counter((box, str(message_from_bytes(each)["Message-ID"])) for box, each in mail)
    lost = [f"accepted and not kept: {box} {key}" for box, key in booked - found]
    return [*lost, *(f"kept once too often: {box} {key}" for box, key in found - booked)]


def evidence(result: Result, receiver: Receiver, mail: list[bytes], txt: TxtRecord) -> None:
    """See in the mail itself whether it came by TLS, and whether its signature still stands."""
    for each in mail:
        received = str(message_from_bytes(each)["Received"]).encode()
        version = re.search(receiver.received_tls, received)
        came_by = version[1].decode() if version else ""
        result.tls[came_by] = result.tls.get(came_by, 0) + 1
        result.dkim += bool(dkim.verify(each, dnsfunc=txt))
    wanted = {TLS if receiver.speaks_tls else ""}
    if set(result.tls) != wanted:
        result.differences.append(f"TLS versions: {result.tls}")
    if result.dkim != len(mail):
        result.differences.append(f"DKIM stands in {result.dkim} of {len(mail)}")


def traced(receiver: Receiver, tls: dict[str, Any]) -> list[str]:
    """Where `sendoff trace` tells of other TLS than the receiver speaks, or not why of none."""
    if receiver.speaks_tls:
        right = tls["version"] == TLS and tls["verified"]
    else:
        right = tls["version"] is None and "handshake" in tls["why_not"]
    return [] if right else [f"the trace says of TLS: {tls}"]


def table(results: list[Result]) -> str:
    """For people, in Markdown."""
    columns = "| receiver | messages | accepted | refused | TLS | DKIM pass | differences |"
    lines = [columns, "|---|---|---|---|---|---|---|"]
    for each in results:
        refused = ", ".join(f"{what}: {n}" for what, n in sorted(each.refused.items()))
        tls = ", ".join(f"{version or 'none'}: {n}" for version, n in sorted(each.tls.items()))
        cells = (each.receiver, each.messages, each.accepted, refused, tls, each.dkim)
        lines.append(f"| {' | '.join(map(str, cells))} | {len(each.differences)} |")
    return "\n".join(lines) + "\n"


def _is_at(row: Row, receiver: Receiver) -> bool:
    return bool(row["domain"] == receiver.domain)


def _local(row: Row) -> str:
    return str(row["address"]).partition("@")[0]


def _came(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("state", "stage", "fault", "category"))


def available(packages: Path) -> list[Receiver]:
    """The receivers that can run here; one line on stderr for each other."""
    found = []
    for number, kind in enumerate(ALL, 2):
        receiver = kind(f"127.78.0.{number}", packages)
        if why := receiver.why_not():
            sys.stderr.write(f"Without {receiver.name}: {why}\n")
        else:
            found.append(receiver)
    return found


def main() -> int:
    """Run the drill and print its result."""
    parser = argparse.ArgumentParser(prog="bin/drill interop")
    parser.add_argument("--messages", type=int, default=200, help="to each receiver")
    parser.add_argument("--packages", type=Path, help="where Debian's packages are, or shall be")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sendoff-interop-") as folder:
        Path(folder).chmod(0o755)  # the servers' own users must get in
        receivers = available((given.packages or Path(folder, "packages")).resolve())
        if not receivers:
            return 3
        with Installation(Path(folder, "house")) as house:
            results = Drill(house, receivers, given.messages).run()
    sys.stderr.write(table(results))
    sys.stderr.writelines(f"{r.receiver}: {each}\n" for r in results for each in r.differences)
    ok = not any(each.differences for each in results)
    sys.stdout.write(json.dumps({"receivers": [asdict(r) for r in results], "ok": ok}) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
