"""Ana's shop, and a DNS of her own that a test writes."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from django.test import Client

import house
from sendoff.drivers.contract import ServerConfig
from sendoff.lib.config import config
from sendoff.senders import public as senders
from sendoff.smtp.tests import nameserver


@pytest.fixture
def shop(db) -> house.House:
    """Ana sends for shop.test from 203.0.113.7, as mail.shop.test."""
    made = house.furnish()
    config = ServerConfig(driver="direct", helo="mail.shop.test", source_ip="203.0.113.7")
    senders.add_server(made.workspace, "our address", config)
    return made


@pytest.fixture
def ana(shop) -> Client:
    from sendoff.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(pk=shop.user))
    return client


@pytest.fixture
def domain(shop) -> senders.Domain:
    (found,) = senders.domains(shop.workspace)
    return found


@pytest.fixture
def empty_dns(monkeypatch) -> Iterator[None]:
    """A DNS in which nothing is published, for checks that a page or the clerk begins."""
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    place = []

    async def serve() -> None:
        async with nameserver.serving({}) as server:
            place.append(server.address)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    monkeypatch.setenv("SENDOFF_RESOLVER", place[0])
    monkeypatch.setenv("SENDOFF_MTA_STS_PORT", "0")
    config.cache_clear()
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()
    monkeypatch.undo()
    config.cache_clear()
