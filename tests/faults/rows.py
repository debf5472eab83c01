"""The rows of `faults.toml` as values. It plays nothing."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

Zone = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault, and the four words that must be said of it. The file's head explains the keys."""

    id: str
    expect: tuple[str, str, str, str]  # stage, fault, category, outcome
    to: str = "ana@broken.test"
    domain: str = ""
    dns: Zone = field(default_factory=dict)
    hundred: str = ""
    public_only: bool = False
    listen: str = ""
    source_ip: str = ""
    says: dict[str, str] = field(default_factory=dict)
    again: dict[str, str] | None = None
    before: dict[str, str] | None = None
    ahead: dict[str, str] | None = None
    first: tuple[str, str, str, str] | None = None
    unheard: bool = False
    offers: tuple[str, ...] = ("PIPELINING",)
    forgetful: bool = False
    encrypted: str = ""
    tls: str = "none"
    slow: bool = False
    bad: bool = False
    kB: int = 1
    secure: bool = False
    policy: str = ""
    known: str = ""
    web: str = ""
    wanted: str = ""
    verified: bool | None = None

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        lists = {key: tuple(table[key]) for key in ("expect", "first", "offers") if key in table}
        return cls(**table | lists)

    @property
    def stage(self) -> str:
        return self.expect[0]

    @property
    def zone(self) -> Zone:
        """What the name server knows: the usual domain with a mail host, but for the row's own."""
        usual = {
            "broken.test": {"MX": ["10 mx.broken.test."]},
            "mx.broken.test": {"A": ["127.0.0.2"]},
            "good.test": {"MX": ["10 mx.good.test."]},
            "mx.good.test": {"A": ["127.0.0.1"]},
        }
        if self.policy or self.web:
            usual["_mta-sts.broken.test"] = {"TXT": ['"v=STSv1; id=20261122;"']}
            usual["mta-sts.broken.test"] = {"A": ["127.0.0.1"]}
        return usual | self._hundred_hosts() | self.dns

    def _hundred_hosts(self) -> Zone:
        if not self.hundred:
            return {}
        hosts = [f"h{n}.broken.test" for n in range(100)]
        zone = {"broken.test": {"MX": [f"{n} {host}." for n, host in enumerate(hosts)]}}
        if self.hundred == "refusing":
            zone |= {host: {"A": [f"127.0.1.{n + 1}"]} for n, host in enumerate(hosts)}
        return zone


def load() -> list[Row]:
    """Every row of the table, in its order."""
    with Path(__file__).with_name("faults.toml").open("rb") as file:
        return [Row.from_table(table) for table in tomllib.load(file)["row"]]
