"""A pool of two sources and a relay: its mail goes around a full quota and a sick server."""

from collections import Counter

from journeys.installation import Installation, crowd

PORT_OF_NOBODY = 9  # discard: nothing listens there
PEOPLE = 600


def by_server(house: Installation, campaign: int) -> Counter[str]:
    """Accepted messages by the server that carried them, from each one's last attempt."""
    found: Counter[str] = Counter()
    for row in house.rows(campaign, state="accepted"):
        last = house.ask("outbox", "attempts", campaign, row["seq"])[-1]
        found[last["server"]] += 1
    return found


def test_all_of_a_pools_mail_goes_by_whoever_is_well_and_has_room(house):
    house.prepare()
    house.people(crowd(PEOPLE))
    for name, ip in (("first", "127.0.0.21"), ("second", "127.0.0.22")):
        house.sendoff("server", "add", name, "--source-ip", ip, "--helo", f"{name}.shop.test",
                      *(("--daily", "50") if name == "second" else ()))  # fmt: skip
    ours = "v=spf1 ip4:127.0.0.21 ip4:127.0.0.22 -all"
    house.publish([{"name": "bounces.shop.test", "type": "TXT", "value": ours}])
    nobody = f"127.0.0.1:{PORT_OF_NOBODY}"
    relay = ("--driver", "smtp", "--host", nobody, "--helo", "mail.shop.test")
    house.sendoff("server", "add", "relay", *relay)
    for name, weight in (("first", "3"), ("second", "1"), ("relay", "1")):
        house.sendoff("server", "pool", "news", "--put", name, "--weight", weight)
    campaign = house.draft("--through", "news", "--retry-after", "2")
    house.clerk()
    house.sender()
    house.send(campaign)
    books = house.done(campaign, within_s=120)
    assert (books["accepted"], books["audience"]) == (PEOPLE, PEOPLE)
    assert len(house.copies()) == PEOPLE
    assert set(house.copies().values()) == {1}

    carried = by_server(house, campaign)
    # A slot that nobody used in time counts against the quota all the same.
    assert 35 <= carried["second"] <= 50
    assert carried["first"] == PEOPLE - carried["second"]
    servers = {s["name"]: s for s in house.sendoff("server", "list")["servers"]}
    assert servers["relay"]["health"] == "sick"
    assert "failed at connect" in servers["relay"]["why"]
    (quota,) = servers["second"]["quotas"]
    assert (quota["most"], quota["used"] <= 50) == (50, True)
    sources = Counter(line["source_ip"] for line in sessions(house, campaign))
    assert set(sources) >= {"127.0.0.21", "127.0.0.22"}


def sessions(house: Installation, campaign: int) -> list[dict[str, str]]:
    """The connection that each accepted message of a sample went over."""
    rows = house.rows(campaign, state="accepted")
    tries = [house.ask("outbox", "attempts", campaign, row["seq"])[-1] for row in rows[::5]]
    return [each["session"] for each in tries if each["session"]]
