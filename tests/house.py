"""A furnished house for tests: Ana owns a shop, has people on a list, and a campaign to send."""

from dataclasses import dataclass

from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.drivers.contract import MailHost, ServerConfig
from sendoff.lib import clock
from sendoff.mail.stages import Fault, Kind, Outcome, State
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

SOURCE = """<html><body><p>Hello {{ first_name | default: "friend" }},</p>
<p><a href="https://shop.test/sale">the sale</a></p></body></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Ana's workspace with one sending server and one list."""

    workspace: int
    user: int
    server: senders.Server
    list: int

    def person(self, address: str, **fields: str) -> int:
        """Somebody on Ana's list."""
        return audience.subscribe(self.list, address, fields)

    def campaign(self, **changes: object) -> int:
        """A draft to everybody on the list."""
        text = {
            "name": "Spring sale",
            "list_ids": (self.list,),
            "from_email": "ana@shop.test",
            "from_name": "Ana at Shop",
            "subject": "Hello {{ first_name }}",
            "source": SOURCE,
            **changes,
        }
        return campaigns.draft(self.workspace, campaigns.DraftText(**text))  # type: ignore[arg-type]

    def launched(self, **changes: object) -> campaigns.View:
        """A campaign of which Send was pressed and all rows are written."""
        campaign = self.campaign(**changes)
        campaigns.launch(campaign, "ana@shop.test")
        while not outbox.plan(campaigns.get(campaign)):
            pass
        campaigns.mark(campaign, campaigns.Badge.QUEUED, "All rows are written.")
        return campaigns.get(campaign)

    def packed(self, campaign: campaigns.View) -> None:
        """Put everything that may go now into parcels, each domain its own provider."""
        ways = campaigns.ways(campaign)
        window = outbox.look(campaign.id, ways)
        outbox.save_routes([open_route(domain) for domain in window.unresolved])
        window = outbox.look(campaign.id, ways)
        outbox.pack(campaign.id, ways, window, TERMS)


TERMS = outbox.Terms(
    retry_after_s=(60, 120), time_to_live_ms=3_600_000, paused_ms=0, resend_unknown=False
)
ACCEPTED = Outcome(kind=Kind.ACCEPTED, stage="accepted", code=250, reply="250 2.0.0 queued as 1")
BUSY = Outcome(
    kind=Kind.DEFERRED,
    stage="rcpt",
    fault=Fault.RECIPIENT_SYSTEM,
    category="rate_limited",
    code=451,
    reply="451 4.7.1 try later",
)


def furnish(driver: str = "direct") -> House:
    """Ana, her shop, her list."""
    ana = accounts.create_owner("ana@shop.test", "correct horse battery", "Ana's shop")
    senders.add_domain(ana.workspace_id, "shop.test")
    config = ServerConfig(driver=driver, helo="mail.shop.test", host="relay.test")
    server = senders.add_server(ana.workspace_id, "our own", config, connections=3)
    customers = audience.create_list(ana.workspace_id, "Customers")
    return House(workspace=ana.workspace_id, user=ana.user_id, server=server, list=customers)


def open_route(domain: str) -> outbox.RouteFound:
    """A domain whose mail goes to one host of its own."""
    now = clock.now_ms()
    host = MailHost(preference=10, name=f"mx.{domain}", addresses=("127.0.0.1",))
    return outbox.RouteFound(
        domain=domain,
        provider=domain,
        hosts=(host,),
        outcome=None,
        evidence=(),
        resolved_ms=now,
        expires_ms=now + 3_600_000,
    )


def settlement(campaign: int, seq: int, outcome: Outcome, n: int = 1) -> outbox.Settlement:
    """The end of an attempt of Ana's terms."""
    now = clock.now_ms()
    decision = outbox.decide(outcome, TERMS, attempt=n, first_ms=now, now_ms=now)
    attempt = outbox.Attempted(campaign_id=campaign, seq=seq, n=n, started_ms=now, dated_ms=now)
    return outbox.settlement(outcome, decision, attempt)


def states(campaign: int) -> dict[str, State]:
    """The state of each message by address."""
    rows = outbox.messages(campaign, outbox.Filter(limit=10_000))
    return {row.address: State(row.state) for row in rows}
