"""Ana's workspace, and servers to put into pools."""

from collections.abc import Callable

import pytest

from sendoff.accounts import public as accounts
from sendoff.drivers.contract import ServerConfig
from sendoff.senders import public as senders

Adds = Callable[..., senders.Server]


@pytest.fixture
def ana(db) -> int:
    return accounts.create_owner("ana@shop.test", None, "Ana's shop").workspace_id


@pytest.fixture
def add(ana) -> Adds:
    """Add a server of Ana's, or with `shared=True` one for all."""

    def add(name: str, *, driver: str = "direct", shared: bool = False, **quotas) -> senders.Server:
        config = ServerConfig(driver=driver, helo=f"{name}.shop.test", host="relay.test")
        owner = None if shared else ana
        return senders.add_server(owner, name, config, quotas=senders.Quotas(**quotas))

    return add
