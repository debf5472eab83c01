"""Ana's shop and one campaign whose messages stand wherever a test wants them."""

import json
from dataclasses import asdict, dataclass, field, replace

import pytest

from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.drivers.contract import MailHost, ServerConfig, SessionEvidence
from sendoff.lib import clock
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

PASSWORD = "a long enough password"
SOURCE = """<html><body><h1>Spring sale</h1>
<p>Hello {{ first_name | default: "friend" }}, see <a href="https://shop.example/sale">the sale</a>
in {{ city }}.</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>"""


@dataclass
class Shop:
    """One workspace; people are mailed at gmall.test, yahu.test and gone.test."""

    workspace: int
    user: int
    customers: int
    server: senders.Server
    campaign: int = 0
    seqs: dict[str, int] = field(default_factory=dict)

    def text(self, **changes):
        written = {
            "name": "Spring sale",
            "list_ids": (self.customers,),
            "from_email": "ana@shop.example",
            "from_name": "Ana at Shop",
            "subject": "Spring is here",
            "source": SOURCE,
        }
        return campaigns.DraftText(**(written | changes))

    def send(self, **changes):
        """Launch a campaign and write, route and pack its rows."""
        self.campaign = campaigns.draft(self.workspace, self.text(**changes))
        assert campaigns.launch(self.campaign, "ana@shop.example")
        while not outbox.plan(campaigns.get(self.campaign)):
            pass
        campaigns.mark(self.campaign, campaigns.Badge.QUEUED, "All rows are written.")
        self._route()
        rows = outbox.messages(self.campaign, outbox.Filter(limit=1000))
        self.seqs = {row.address: row.seq for row in rows}
        return self.campaign

    def settle(self, address, outcome, state=None, *, n=1, session=None, hold="", due_ms=0):
        """End the n-th try of one message."""
        campaigns.mark(self.campaign, campaigns.Badge.SENDING, "The first message was claimed.")
        seq, now = self.seqs[address], clock.now_ms()
        row = outbox.Settlement(
            campaign_id=self.campaign,
            seq=seq,
            n=n,
            started_ms=now - 1500,
            ended_ms=now,
            outcome=outcome.kind,
            stage=outcome.stage,
            state=state or str(outcome.kind),
            fault=outcome.fault,
            category=outcome.category,
            code=outcome.code,
            enhanced=outcome.enhanced,
            reply=outcome.reply,
            steps=outbox.steps_json(outcome.steps),
            hold=hold,
            due_ms=due_ms,
            dated_ms=now,
            tls=((session and session.tls_version) or "none")
            if outcome.kind == Kind.ACCEPTED
            else "",
        )
        saved = []
        if session:
            row.session_id = f"{self.campaign}-{seq}-{n}"
            saved = [
                outbox.SessionRow(
                    id=row.session_id,
                    server_id=self.server.id,
                    at_ms=now,
                    evidence=json.dumps(asdict(session)),
                )
            ]
        outbox.settle([row], saved)

    def accept(self, address, n=1):
        self.settle(address, ACCEPTED, session=SESSION, n=n)

    def refuse(self, address):
        self.settle(address, UNKNOWN_USER, session=SESSION)

    def block(self, address, stage):
        self.settle(address, replace(BLOCKED, stage=stage), session=SESSION)

    def greylist(self, address, due_ms=None):
        due = due_ms or clock.now_ms() + 300_000
        self.settle(address, GREYLISTED, "waiting", session=SESSION, hold="retry", due_ms=due)

    def cut(self, address):
        self.settle(address, CUT, session=SESSION)

    def _route(self):
        now = clock.now_ms()
        ways = campaigns.ways(campaigns.get(self.campaign))
        window = outbox.look(self.campaign, ways)
        outbox.save_routes([_route(domain, now) for domain in window.unresolved])
        window = outbox.look(self.campaign, ways)
        outbox.pack(self.campaign, ways, window, TERMS)


TERMS = outbox.Terms(
    retry_after_s=(300,), time_to_live_ms=86_400_000, paused_ms=0, resend_unknown=False
)
SESSION = SessionEvidence(
    driver="direct",
    source_ip="192.0.2.1",
    mx="mx1.gmall.test",
    peer="127.77.0.1:25",
    tls_wanted="opportunistic",
    tls_version="1.3",
    tls_cipher="TLS_AES_256_GCM_SHA384",
    tls_verified=True,
    capabilities=("PIPELINING", "SIZE 20000000", "8BITMIME", "ENHANCEDSTATUSCODES"),
    steps=(
        Evidence(stage="dns", ms=4.2, command="MX gmall.test", reply="10 mx1.gmall.test"),
        Evidence(stage="connect", ms=0.8, command="connect 127.77.0.1:25", reply="connected"),
        Evidence(stage="greeting", ms=1.1, reply="220 mx1.gmall.test ESMTP"),
        Evidence(stage="ehlo", ms=0.5, command="EHLO mail.shop.example", reply="250 PIPELINING"),
        Evidence(stage="tls", ms=12.0, command="STARTTLS", reply="220 2.0.0 go ahead"),
    ),
)
_MAIL = Evidence(stage="mail", ms=0.6, command="MAIL FROM:<b-1@shop.example>", reply="250 2.1.0 ok")
ACCEPTED = Outcome(
    kind=Kind.ACCEPTED,
    stage="accepted",
    code=250,
    enhanced="2.0.0",
    reply="250 2.0.0 queued as 4Xy7",
    steps=(
        _MAIL,
        Evidence(stage="rcpt", ms=0.7, command="RCPT TO:<cy@gmall.test>", reply="250 2.1.5 ok"),
        Evidence(stage="data", ms=0.4, command="DATA", reply="354 go on"),
        Evidence(stage="accepted", ms=8.0, command=".", reply="250 2.0.0 queued as 4Xy7"),
    ),
)
UNKNOWN_USER = Outcome(
    kind=Kind.REFUSED,
    stage="rcpt",
    fault=Fault.RECIPIENT,
    category="bad_mailbox",
    code=550,
    enhanced="5.1.1",
    reply="550 5.1.1 no such user <here>",
    steps=(
        _MAIL,
        Evidence(
            stage="rcpt", ms=0.9, command="RCPT TO:<x>", reply="550 5.1.1 no such user <here>"
        ),
    ),
)
GREYLISTED = Outcome(
    kind=Kind.DEFERRED,
    stage="rcpt",
    fault=Fault.RECIPIENT_SYSTEM,
    category="remote_system",
    code=451,
    enhanced="4.7.1",
    reply="451 4.7.1 greylisted, come back later",
    steps=(
        _MAIL,
        Evidence(stage="rcpt", ms=0.9, command="RCPT TO:<ana@yahu.test>", reply="451 4.7.1 later"),
    ),
)
BLOCKED = Outcome(
    kind=Kind.REFUSED,
    stage="data",
    fault=Fault.OUR_IP,
    category="ip_or_sender_blocked",
    code=554,
    enhanced="5.7.1",
    reply="554 5.7.1 your address is listed",
)
CUT = Outcome(kind=Kind.UNKNOWN, stage="data", fault=Fault.NETWORK, reply="", steps=(_MAIL,))
_GONE = Outcome(
    kind=Kind.REFUSED,
    stage="dns",
    fault=Fault.RECIPIENT,
    category="bad_domain",
    reply="5.1.2 The domain does not exist (NXDOMAIN).",
)


def _route(domain, now):
    gone = domain == "gone.test"
    hosts = (
        () if gone else (MailHost(preference=10, name=f"mx1.{domain}", addresses=("127.77.0.1",)),)
    )
    return outbox.RouteFound(
        domain=domain,
        provider=domain,
        hosts=hosts,
        outcome=_GONE if gone else None,
        evidence=(Evidence(stage="dns", ms=3.0, command=f"MX {domain}", reply="NXDOMAIN"),),
        resolved_ms=now,
        expires_ms=now + 600_000,
    )


def make_shop():
    owner = accounts.create_owner("ana@shop.example", PASSWORD, "Ana's shop")
    workspace = owner.workspace_id
    senders.add_domain(workspace, "shop.example")
    settings = ServerConfig(driver="direct", helo="mail.shop.example", source_ip="192.0.2.1")
    server = senders.add_server(workspace, "Our own server", settings)
    customers = audience.create_list(workspace, "Customers")
    return Shop(workspace=workspace, user=owner.user_id, customers=customers, server=server)


@pytest.fixture
def shop(db):
    """The shop with Ana (greylisted), Ben (cut), Cy (accepted) and Di at a domain that is gone."""
    made = make_shop()
    for address, city in (
        ("ana@yahu.test", "Oslo"),
        ("ben@gmall.test", ""),
        ("cy@gmall.test", "Rome"),
        ("di@gone.test", "Bonn"),
    ):
        audience.subscribe(made.customers, address, {"first_name": address[:2], "city": city})
    return made


@pytest.fixture
def page(client, shop):
    """Get a page as Ana; its text with the white space of HTML folded."""
    client.login(username="ana@shop.example", password=PASSWORD)

    def get(url, status=200, **headers):
        answer = client.get(url, **headers)
        assert answer.status_code == status, answer.content[:2000]
        return " ".join(answer.content.decode().split())

    return get
