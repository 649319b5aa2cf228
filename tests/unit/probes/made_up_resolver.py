# SPDX-License-Identifier: EUPL-1.2
"""A resolver on the loopback that answers, over UDP and TCP, whatever a script makes of a question."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from meetlat.probes.resolver import Resolver
from tests.unit.probes.loopback import Visit, serving

# What to answer to a question that came over "udp" or "tcp": the bytes, or None to stay silent.
Answering = Callable[[bytes, str], bytes | None]


class _Udp(asyncio.DatagramProtocol):
    """The UDP side."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer, or not."""
        said = self._answering(data, "udp")
        if said is not None:
            self._transport.sendto(said, addr)


@asynccontextmanager
async def answering_at(answering: Answering) -> AsyncIterator[int]:
    """Answer on one port of 127.0.0.1, over UDP and TCP; yield it."""

    async def over_tcp(visit: Visit) -> None:
        size = int.from_bytes(await visit.reader.readexactly(2), "big")
        said = answering(await visit.reader.readexactly(size), "tcp")
        if said is not None:
            await visit.say(len(said).to_bytes(2, "big") + said)
        await visit.hear_end()

    async with serving(over_tcp) as server:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(answering), local_addr=("127.0.0.1", server.port))
        try:
            yield server.port
        finally:
            transport.close()


@asynccontextmanager
async def resolving(answering: Answering) -> AsyncIterator[Resolver]:
    """Yield our side of a resolver that answers so."""
    async with answering_at(answering) as port:
        resolver = Resolver("127.0.0.1", port)
        await resolver.open()
        try:
            yield resolver
        finally:
            resolver.close()


def said(
    question: bytes,
    *records: str,
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
    flags: int = 0,
    ede: tuple[int, str] | None = None,
    most: int = 65_535,
) -> bytes:
    """Write an answer with records as in a zone file (owner ttl class type data)."""
    query = dns.message.from_wire(question)
    answer = dns.message.make_response(query, recursion_available=True)
    answer.set_rcode(rcode)
    answer.flags |= flags
    for record in records:
        owner, ttl, kind, data = record.split(" ", 3)
        answer.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, data))
    if ede is not None:
        answer.use_edns(0, payload=4096, options=[dns.edns.EDEOption(*ede)])
    with suppress(dns.exception.TooBig):
        return answer.to_wire(max_size=most)
    answer.answer.clear()
    answer.flags |= dns.flags.TC
    return answer.to_wire()


def is_unchecked(question: bytes) -> bool:
    """Whether the question asks to leave validation out (CD)."""
    return bool(dns.message.from_wire(question).flags & dns.flags.CD)
