"""Answer DNS questions from the zone, over UDP and TCP. Authoritative only: never asks anybody."""

import asyncio
import contextlib
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from recipients import zone as zones

TTL_S = 60
MAX_TCP = 65_535
TCP_IDLE_S = 10.0
TRIES_FOR_A_PORT = 20


def respond(wire: bytes, zone: zones.Zone, *, over_tcp: bool) -> bytes | None:
    """The reply to one question in wire form; None for what is no DNS question at all."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if query.flags & dns.flags.QR:
        return None
    reply = dns.message.make_response(query)
    if len(query.question) != 1:
        reply.set_rcode(dns.rcode.FORMERR)
    else:
        _answer(reply, query.question[0], zone)
    size = MAX_TCP if over_tcp else max(512, query.payload or 512)
    return reply.to_wire(max_size=size, prefer_truncation=not over_tcp)


def _answer(reply: dns.message.Message, question: dns.rrset.RRset, zone: zones.Zone) -> None:
    found = zone.look_up(question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
    reply.set_rcode(dns.rcode.from_text(found.rcode))
    if found.rcode in (zones.REFUSED, zones.SERVFAIL):
        return
    reply.flags |= dns.flags.AA
    sets: dict[tuple[str, str], dns.rrset.RRset] = {}
    for record in found.records:
        rdata = zones.rdata_of(record)
        name = dns.name.from_text(record.name)
        empty = dns.rrset.RRset(name, rdata.rdclass, rdata.rdtype)
        sets.setdefault((record.name, record.type), empty).add(rdata, TTL_S)
    reply.answer.extend(sets.values())
    if not sets:
        apex = next(a for a in zones.APEXES if f".{question.name.to_text()}".endswith(f".{a}."))
        soa = zones.rdata_of(zones.Record(name=apex, type="SOA", value=zones.SOA))
        reply.authority.append(dns.rrset.from_rdata(f"{apex}.", TTL_S, soa))


class NameServer:
    """One address and port, UDP and TCP."""

    def __init__(self, zone: zones.Zone) -> None:
        self._zone = zone
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; port 0 takes one that is free for both UDP and TCP."""
        for left in reversed(range(TRIES_FOR_A_PORT)):
            self._tcp = await asyncio.start_server(self._talk, host, port)
            taken: int = self._tcp.sockets[0].getsockname()[1]
            try:
                loop = asyncio.get_running_loop()
                self._udp, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self._zone), local_addr=(host, taken)
                )
                return host, taken
            except OSError:
                self._tcp.close()
                if port or not left:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    async def stop(self) -> None:
        """Close both sockets."""
        if self._udp:
            self._udp.close()
        if self._tcp:
            self._tcp.close()
            await self._tcp.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            while True:
                async with asyncio.timeout(TCP_IDLE_S):
                    size = int.from_bytes(await reader.readexactly(2))
                    wire = await reader.readexactly(size)
                reply = respond(wire, self._zone, over_tcp=True)
                if reply is None:
                    break
                writer.write(len(reply).to_bytes(2) + reply)
                await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zone: zones.Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        reply = respond(data, self._zone, over_tcp=False)
        if reply is not None and self._transport:
            self._transport.sendto(reply, addr)
