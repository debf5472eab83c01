"""Preflight of a whole campaign names what is broken in a set-up, with its mend.

Each set-up of the file is built in a real name server, and the campaign is composed, signed and
proved against it. Left out is the one with a public DNS and private addresses in it, for which
this installation would have to stand on the public network.
"""

import pytest
import trustme

import house
from proving import nsd, setups
from sendoff.drivers.contract import ServerConfig
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.proving import public as proving
from sendoff.senders import public as senders
from sendoff.senders.models import SendingDomain, SigningKey

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not nsd.NSD, reason="Debian's nsd is not installed: apt install nsd"),
]
SETUPS = [setup for setup in setups.every() if setup.get("private", True)]
ROUTES_S = 5.0  # one domain is asked for its way
OPTIONAL = ("mta-sts", "tls-rpt", "bimi")
PEOPLE = ["people.test MX 10 mx.people.test", "mx.people.test A 127.0.0.1"]


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    authority = trustme.CA()
    roots = tmp_path_factory.mktemp("roots") / "ca.pem"
    authority.cert_pem.write_to_path(str(roots))
    return setups.Trusted(authority, roots)


@pytest.fixture
def surroundings(monkeypatch, trusted):
    """Lets this installation see the network of a set-up, as its settings would."""

    def see(net, setup):
        for name, value in {
            "RESOLVER": net.nameserver,
            "MTA_STS_PORT": net.web.port,
            "SMTP_PORT": net.smtp_port,
            "TLS_ROOTS": trusted.roots,
            "ALLOW_PRIVATE_TARGETS": "true",
            "BASE_URL": setups.subject(setup).base_url,
        }.items():
            monkeypatch.setenv(f"SENDOFF_{name}", str(value))
        config.cache_clear()

    yield see
    config.cache_clear()


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup["name"])
def test_preflight_names_what_is_broken_and_its_mend(setup, surroundings, trusted, tmp_path):
    ana, domain, key = shop(setup)
    with_people = setup | {"publish": [*setup.get("publish", ()), *PEOPLE]}
    with setups.aside(setups.standing(with_people, trusted, tmp_path / "zones", key)) as net:
        surroundings(net, setup)
        found = proving.preflight(campaign(ana, domain), config(), ROUTES_S)
    named = {(record["kind"], record["rule"]): record for record in found["domain"]["records"]}
    expected = {(each["kind"], each["rule"]): each for each in setup["expect"] if told(each)}
    assert named.keys() == expected.keys()
    for at, record in named.items():
        assert record["verdict"] == expected[at]["verdict"]
        assert [*setups.unsaid(expected[at], record["sentence"], record["mend"], key)] == []
    assert found["domain"]["ready"] is setup["ready"]


def shop(setup):
    """Ana's shop with the domain, the source and the keys of a set-up; her public key."""
    ours, subject = house.furnish(), setups.subject(setup)
    if subject.domain != "shop.test":
        senders.add_domain(ours.workspace, subject.domain)
    rows = SendingDomain.objects.filter(name=subject.domain)
    rows.update(return_path_domain=subject.return_path)
    domain = senders.domain(rows.get().pk)
    for old in subject.old_keys:
        retired(domain.id, old.host.partition(".")[0])
    (source,) = subject.sources
    settings = ServerConfig(driver="direct", helo=source.helo, source_ip=source.ip)
    server = senders.add_server(ours.workspace, "first", settings)
    ours.person("ben@people.test", first_name="Ben")
    signing = next(key for key in senders.keys(domain.id) if key.state == "signing")
    return (ours, server), domain, signing.value.partition("p=")[2]


def retired(domain_id, selector):
    """A key that signed once."""
    now = clock.now_ms()
    SigningKey.objects.create(
        domain_id=domain_id,
        selector=selector,
        kind="rsa",
        public_key="v=DKIM1; k=rsa; p=OLD",
        sealed_key=b"",
        planned_ms=now,
        signing_ms=now,
        retiring_ms=now,
        retired_ms=now,
    )


def campaign(ana, domain):
    ours, server = ana
    return ours.campaign(from_email=f"ana@{domain.name}", server_id=server.id)


def told(expected):
    """Advice on what is right stays on the domain's page, and so does what it may lack."""
    missing = expected["kind"] in OPTIONAL and expected["verdict"] == "missing"
    return expected["verdict"] != "ok" and not missing
