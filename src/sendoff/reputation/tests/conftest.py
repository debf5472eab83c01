"""Ana's shop with a server that sends from an address of its own, and a browser for its pages."""

import pytest
from django.test import Client

from house import House, furnish
from sendoff.accounts.models import User
from sendoff.drivers.contract import ServerConfig
from sendoff.senders import public as senders


@pytest.fixture
def shop(db) -> House:
    house = furnish()
    config = ServerConfig(driver="direct", helo="mail.shop.test", source_ip="192.0.2.10")
    senders.add_server(house.workspace, "from ten", config)
    return house


@pytest.fixture
def ana(shop) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=shop.user))
    return client
