"""A small name server for tests: answers from a dictionary, over UDP on a free loopback port."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SOA = "ns.test. admin.test. 1 60 60 60 7"


class NameServer(asyncio.DatagramProtocol):
    """`zone`: name -> {type: [values]}; "RCODE" as type sets the code, "SILENT" gives none."""

    def __init__(self, zone: dict[str, dict[str, list[str]]], ttl: int = 60) -> None:
        self.zone, self.ttl = zone, ttl
        self.asked: Counter[str] = Counter()
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[f"{name} {kind}"] += 1
        answer = dns.message.make_response(query)
        records = self.zone.get(name)
        if records is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif "SILENT" in records:
            return
        elif "RCODE" in records:
            answer.set_rcode(dns.rcode.from_text(records["RCODE"][0]))
        elif kind in records:
            rrset = dns.rrset.from_text(question.name, self.ttl, "IN", kind, *records[kind])
            answer.answer.append(rrset)
        if not answer.answer and "RCODE" not in (records or {}):
            answer.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", SOA))
        self._transport.sendto(answer.to_wire(), addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def serving(
    zone: dict[str, dict[str, list[str]]], ttl: int = 60
) -> AsyncIterator[NameServer]:
    """A name server with this zone for as long as the block lasts."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(zone, ttl), local_addr=("127.0.0.1", 0)
    )
    host, port = transport.get_extra_info("sockname")[:2]
    server.address = f"{host}:{port}"
    try:
        yield server
    finally:
        transport.close()
