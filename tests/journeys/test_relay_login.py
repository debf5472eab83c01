"""A relay's password changes while a worker runs: the worker takes the new one up by itself."""

from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from journeys.installation import Installation, crowd
from recipients.certificates import Authority
from sendoff.cli.bench_lab import DOMAIN, OWNER, free_port

HOST = "relay.login.test"
RELAY_IP = "127.78.0.3"


class Relay:
    """Takes mail from who has today's password, and remembers with which each mail came."""

    def __init__(self) -> None:
        self.password, self.taken = b"yesterday's", []

    def __call__(self, server, session, envelope, mechanism, login):
        return AuthResult(success=login.password == self.password, auth_data=login.password)

    def open(self, context) -> None:
        self._controller = Controller(
            self,
            hostname=RELAY_IP,
            port=free_port(),
            tls_context=context,
            authenticator=self,
            auth_required=True,
        )
        self._controller.start()
        self.place = f"{HOST}:{self._controller.port}"

    def close(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(session.auth_data)
        return "250 2.0.0 queued"


@pytest.fixture
def house(tmp_path):
    """An installation, and a relay at HOST that encrypts and asks for a password."""
    with Installation(tmp_path) as house:
        house.open_names()
        house.open_sink()
        relay = Relay()
        relay.open(Authority(Path(house.facts["ca_file"]).parent).server_context(HOST))
        house.publish([{"name": HOST, "type": "A", "value": RELAY_IP}])
        yield house, relay
        house.close()  # before the relay, so that its connections end first
        relay.close()


def test_a_worker_takes_up_a_new_password_without_being_started_anew(house):
    house, relay = house
    made = house.sendoff(
        "setup", "--email", OWNER, "--domain", DOMAIN, "--driver", "smtp",
        "--host", relay.place, "--tls", "required", "--username", "ana",
        "--relay-password", "yesterday's",
    )  # fmt: skip
    house.publish_own(made["records"])
    house.people(crowd(1))
    house.clerk()
    house.sender()
    assert sent(house) == 1

    relay.password = b"today's"
    (server,) = house.sendoff("server", "list")["servers"]
    login = "--username", "ana", "--relay-password", "today's"
    house.sendoff("server", "login", server["name"], *login)
    assert sent(house) == 1
    assert relay.taken == [b"yesterday's", b"today's"]


def sent(house):
    campaign = house.draft()
    house.send(campaign)
    return house.done(campaign)["accepted"]
