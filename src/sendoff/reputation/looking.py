"""Look through the eyes of others: ask Google and Microsoft, with the guard of all URLs of people.

It keeps nothing; an answer is taken whole or not at all.
"""

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.reputation import google, snds
from sendoff.reputation.outside import GOOGLE, Day, OutsideError, Seen
from sendoff.smtp import https, targets
from sendoff.smtp.route import Resolver
from sendoff.smtp.trust import Trust

DAYS = 14  # looked back; late figures and corrections come within days
MAX_BODY = 16 * 1024 * 1024
MAX_PAGES = 20
_KNOWS_NOT = (403, 404)


class Line:
    """The way out, as this installation sees the network. Of one event loop."""

    def __init__(self, config: Config) -> None:
        self._private = config.allow_private_targets
        self._resolver = Resolver(config.resolver, allow_private=self._private)
        self._trust = Trust(roots=config.tls_roots)

    async def fetch(
        self, url: str, body: bytes | None = None, token: str = "", kind: str = "application/json"
    ) -> https.Answer:
        """The answer to a question, of any status. OutsideError names no more than the host."""
        host = "the other side"
        try:
            target = targets.read(url, private=self._private)
            host = target.host
            address = (await targets.reach(target, self._resolver, private=self._private))[0]
            fields = {"User-Agent": "Sendoff", "Content-Type": kind}
            if token:
                fields["Authorization"] = f"Bearer {token}"
            context = self._trust.context(verify=True) if target.encrypted else None
            place = (target.host, target.port, target.path)
            return await https.fetch(place, address, context, fields, body, most=MAX_BODY)
        except targets.TargetError as error:
            raise OutsideError(str(error)) from None
        except https.FetchError as error:
            raise OutsideError(f"{host}: {error}.") from None


async def look(
    line: Line, kind: str, secret: str, domains: Sequence[str], api: str = google.API
) -> Seen:
    """Everything one connector tells now. OutsideError says in a sentence why it tells nothing."""
    if kind != GOOGLE:
        answer = await line.fetch(secret)
        if answer.status != 200:
            raise OutsideError(
                f"Microsoft answers {answer.status}. SNDS links end after some time: bring a new"
                " one from its page of automated data access."
            )
        return Seen(days=tuple(snds.figures(answer.body)))
    return await _google(line, google.account(secret), domains, api)


async def _google(line: Line, who: google.Account, domains: Sequence[str], api: str) -> Seen:
    token = await _token(line, who)
    days: list[Day] = []
    standing: dict[str, dict[str, str]] = {}
    said: list[str] = []
    for domain in domains:
        found = await _figures(line, token, domain, api)
        if found is None:
            said.append(
                f"Google tells nothing of {domain}: add {who.email} as a user of it at"
                " postmaster.google.com."
            )
            continue
        days += found
        answer = await line.fetch(api + google.compliance_path(domain), token=token)
        if answer.status == 200:
            standing[domain] = google.compliance(answer.body)
    return Seen(days=tuple(days), standing=standing, said=tuple(said))


async def _token(line: Line, who: google.Account) -> str:
    asked = {"grant_type": google.GRANT, "assertion": google.assertion(who, clock.now_ms() // 1000)}
    kind = "application/x-www-form-urlencoded"
    answer = await line.fetch(who.token_uri, urlencode(asked).encode(), kind=kind)
    if answer.status != 200:
        raise OutsideError(
            f"Google gives {who.email} no token ({_why(answer)}): the key may be withdrawn. Bring a"
            " new one."
        )
    return google.token(answer.body)


async def _figures(line: Line, token: str, domain: str, api: str) -> list[Day] | None:
    """The figures of a domain; None where the account may not see it."""
    first, last = google.days_back(clock.now().date(), DAYS)
    found: dict[int, Day] = {}
    page = ""
    for _ in range(MAX_PAGES):
        body = google.question(first, last, page)
        answer = await line.fetch(api + google.stats_path(domain), body, token)
        if answer.status in _KNOWS_NOT:
            return None
        if answer.status != 200:
            raise OutsideError(f"Google answers {answer.status} about {domain}: {_why(answer)}.")
        days, page = google.figures(domain, answer.body)
        for each in days:
            before = found[each.day].figures if each.day in found else {}
            found[each.day] = Day(subject=domain, day=each.day, figures={**before, **each.figures})
        if not page:
            break
    return list(found.values())


def _why(answer: https.Answer) -> str:
    """What an answer says of itself, on one line; Google writes {"error": …} in two forms."""
    try:
        told = json.loads(answer.body)["error"]
        text = told["message"] if isinstance(told, dict) else told
    except (ValueError, KeyError, TypeError, RecursionError):
        text = f"status {answer.status}"
    plain = "".join(c if c.isprintable() else " " for c in str(text)[:300])
    return " ".join(plain.split()).rstrip(".")
