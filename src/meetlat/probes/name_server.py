# SPDX-License-Identifier: EUPL-1.2
"""The probe for ``name_server`` needs: whether one address of a name server answers DNS at all."""

import asyncio
from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.rcode

from meetlat.model.evidence import Failure, Need
from meetlat.probes.channel import receive_octets
from meetlat.probes.failing import NoAnswerError, from_connect_error
from meetlat.probes.gate import Gate
from meetlat.probes.watch import Within

_SECONDS = 4.0


class NameServerProbe:
    """Answers needs of kind ``name_server``: subject is the address, detail the zone."""

    kind = "name_server"

    def __init__(self, gate: Gate, port: int = 53) -> None:
        self._gate = gate
        self._port = port

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Ask for the SOA of the zone over UDP, and over TCP when UDP brings nothing.

        Answer: rcode, transport (udp, tcp), authoritative. Raises NoAnswerError with what TCP came to.
        """
        try:
            query = dns.message.make_query(need.detail + ".", "SOA")
        except (dns.exception.DNSException, UnicodeError) as error:
            raise NoAnswerError(Failure.NOT_ASKED, f"{need.detail[:80]!r} is no name: {error}") from error
        query.flags &= ~dns.flags.RD
        try:
            return _told(await self._udp(need.subject, query), query, "udp")
        except NoAnswerError as error:
            if error.failure in {Failure.GUARDED, Failure.OPTED_OUT, Failure.OUR_LIMIT}:
                raise
        return _told(await self._tcp(need.subject, query), query, "tcp")

    async def _udp(self, address: str, query: dns.message.Message) -> bytes:
        """Ask over UDP; one repeat, since a datagram may be lost."""
        for _ in range(2):
            await self._gate.datagram(address)
            loop = asyncio.get_running_loop()
            try:
                transport, protocol = await loop.create_datagram_endpoint(lambda: _OneAnswer(query.id), remote_addr=(address, self._port))
            except OSError as error:
                raise from_connect_error(error) from error
            try:
                transport.sendto(query.to_wire())
                with Within(_SECONDS / 2):
                    return await protocol.answer
            except TimeoutError:
                continue
            except OSError as error:
                raise from_connect_error(error) from error
            finally:
                transport.close()
        raise NoAnswerError(Failure.CONNECT_TIMEOUT, "no answer over UDP")

    async def _tcp(self, address: str, query: dns.message.Message) -> bytes:
        """Ask over TCP (RFC 7766)."""
        async with self._gate.connection(address, self._port) as channel:
            received = bytearray()
            try:
                with Within(_SECONDS):
                    wire = query.to_wire()
                    await channel.send(len(wire).to_bytes(2, "big") + wire)
                    size = int.from_bytes(await receive_octets(channel, 2, received), "big")
                    return await receive_octets(channel, size, received)
            except TimeoutError as error:
                raise NoAnswerError(Failure.READ_TIMEOUT, f"{_SECONDS:g} s") from error
            except (OSError, EOFError) as error:
                raise NoAnswerError(Failure.CLOSED, str(error)) from error


class _OneAnswer(asyncio.DatagramProtocol):
    """Waits for one datagram with the right id; others are ignored, for anybody can send them."""

    def __init__(self, message_id: int) -> None:
        self._id = message_id.to_bytes(2, "big")
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the protocol's signature
        """Keep the answer."""
        if data[:2] == self._id and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Keep the ICMP error."""
        if not self.answer.done():
            self.answer.set_exception(exc)


def _told(data: bytes, query: dns.message.Message, transport: str) -> Mapping[str, object]:
    """Read what the server said; only as far as the question, for what follows says nothing of whether it answers."""
    try:
        answer = dns.message.from_wire(data, question_only=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError) as error:
        raise NoAnswerError(Failure.MALFORMED, f"{type(error).__name__}: {error}") from error
    if not query.is_response(answer):
        raise NoAnswerError(Failure.MALFORMED, "not an answer to our question")
    return {
        "rcode": dns.rcode.to_text(answer.rcode()),
        "transport": transport,
        "authoritative": bool(answer.flags & dns.flags.AA),
    }
