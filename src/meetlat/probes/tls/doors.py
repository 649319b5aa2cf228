# SPDX-License-Identifier: EUPL-1.2
"""The ways to a TLS server: straight to a port, or behind STARTTLS."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from meetlat.probes.channel import Channel
from meetlat.probes.gate import Connection, Gate
from meetlat.probes.smtp_dialogue import SmtpDialogue
from meetlat.probes.tls.exchange import HelloExchange, Patience, exchange
from meetlat.probes.tls.flight import Reply


class Door(Protocol):
    """Opens connections to one server, each ready for a client hello."""

    async def exchange(self, hello: bytes, patience: Patience, *, is_ssl2: bool = False) -> Reply:
        """Open a connection for one hello, and return what came back. Raises NoAnswerError as ``open`` does."""
        ...

    def open(self) -> AbstractAsyncContextManager[Channel]:
        """Open a connection. Raises NoAnswerError when none comes about, or the server does not let us as far as TLS."""
        ...


class PortDoor:
    """TLS from the first byte."""

    def __init__(self, gate: Gate, address: str, port: int) -> None:
        self._gate, self._address, self._port = gate, address, port

    def open(self) -> Connection:
        """Open a connection through the gate."""
        return self._gate.connection(self._address, self._port)

    async def exchange(self, hello: bytes, patience: Patience, *, is_ssl2: bool = False) -> Reply:
        """Send one hello over a connection of its own."""
        talk = HelloExchange(hello, patience, is_ssl2=is_ssl2)
        await self._gate.hold(self._address, self._port, talk, talk.over)
        return talk.reply


class StarttlsDoor:
    """TLS after STARTTLS (RFC 3207); one connection at a time."""

    def __init__(self, gate: Gate, address: str, port: int = 25) -> None:
        self._gate, self._address, self._port = gate, address, port

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Channel]:
        """Open a connection through the gate and say EHLO and STARTTLS."""
        async with self._gate.connection(self._address, self._port, is_mail=True) as channel:
            await self._begin_tls(channel)
            yield channel

    async def _begin_tls(self, channel: Channel) -> None:
        """Go as far as a client hello may be sent."""
        await SmtpDialogue(channel).begin_tls(self._gate.identity.ehlo_name)

    async def exchange(self, hello: bytes, patience: Patience, *, is_ssl2: bool = False) -> Reply:
        """Send one hello behind STARTTLS."""
        async with self._gate.connection(self._address, self._port, is_mail=True) as channel:  # cheaper than ``open``, and there are many
            await self._begin_tls(channel)
            return await exchange(channel, hello, patience, is_ssl2=is_ssl2)
