"""A small name server for tests: answers from a dictionary, over UDP on a free loopback port."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SOA = "ns.test. admin.test. 1 60 60 60 7"


class NameServer(asyncio.DatagramProtocol):
    """`zone`: name -> {type: [values]}. As types too: "RCODE" sets the code, "SILENT" gives no
    answer, "GARBAGE" one that is none, "LOOP" one whose name points at itself, "TRUNCATED" asks to
    come back over TCP, where nobody is. CNAMEs are followed, as a resolver does. `secure`: what
    it says of itself about every answer that is asked for with AD (DNSSEC), but where a name has
    the type "INSECURE"."""

    def __init__(
        self, zone: dict[str, dict[str, list[str]]], ttl: int = 60, secure: bool = False
    ) -> None:
        self.zone, self.ttl, self.secure = zone, ttl, secure
        self.asked: Counter[str] = Counter()
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked[f"{name} {dns.rdatatype.to_text(question.rdtype)}"] += 1
        records = self.zone.get(name, {})
        if "SILENT" in records:
            return
        if "GARBAGE" in records:
            wire = data[:2] + b"\xff" * 40
        elif "LOOP" in records:
            wire = _pointing_at_itself(query)
        else:
            wire = self._answer(query, records).to_wire()
        self._transport.sendto(wire, addr)  # type: ignore[attr-defined]

    def _answer(
        self, query: dns.message.Message, records: dict[str, list[str]]
    ) -> dns.message.Message:
        answer = dns.message.make_response(query)
        if self.secure and query.flags & dns.flags.AD and "INSECURE" not in records:
            answer.flags |= dns.flags.AD
        if "TRUNCATED" in records:
            answer.flags |= dns.flags.TC
        elif "RCODE" in records:
            answer.set_rcode(dns.rcode.from_text(records["RCODE"][0]))
        else:
            self._look_up(query, answer)
            if not answer.answer:
                answer.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", SOA))
        return answer

    def _look_up(self, query: dns.message.Message, answer: dns.message.Message) -> None:
        (question,) = query.question
        name, kind = question.name, dns.rdatatype.to_text(question.rdtype)
        seen = set()
        while name not in seen:
            seen.add(name)
            records = self.zone.get(name.to_text(omit_final_dot=True).lower())
            if records is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
                return
            found = kind if kind in records else "CNAME"
            if found not in records:
                return
            rrset = dns.rrset.from_text(name, self.ttl, "IN", found, *records[found])
            answer.answer.append(rrset)
            if found == kind:
                return
            name = rrset[0].target


def _pointing_at_itself(query: dns.message.Message) -> bytes:
    question = dns.message.make_response(query)
    question.use_edns(False)
    wire = bytearray(question.to_wire())
    wire[7] = 1  # one answer, whose name is a pointer to itself (RFC 1035 4.1.4)
    return bytes(wire) + (0xC000 | len(wire)).to_bytes(2, "big") + bytes(10)


@asynccontextmanager
async def serving(
    zone: dict[str, dict[str, list[str]]], ttl: int = 60, secure: bool = False
) -> AsyncIterator[NameServer]:
    """A name server with this zone for as long as the block lasts."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(zone, ttl, secure), local_addr=("127.0.0.1", 0)
    )
    host, port = transport.get_extra_info("sockname")[:2]
    server.address = f"{host}:{port}"
    try:
        yield server
    finally:
        transport.close()


@contextmanager
def serving_beside(zone: dict[str, dict[str, list[str]]]) -> Iterator[NameServer]:
    """The same in a thread of its own, for tests that have no loop; change the zone as you like."""
    told: Future[tuple[NameServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        over = asyncio.Event()
        async with serving(zone) as server:
            told.set_result((server, asyncio.get_running_loop(), over))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    server, loop, over = told.result(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


def text(value: str) -> dict[str, list[str]]:
    """A TXT record, in pieces where it is long."""
    return {"TXT": [" ".join(f'"{value[at : at + 250]}"' for at in range(0, len(value), 250))]}
