# SPDX-License-Identifier: EUPL-1.2
"""An established TLS session, and what our client asks for to get one."""

import base64
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from meetlat.facts.tls_catalogue import VERSIONS, suite_name
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.code_points import CORE12, LEGACY12, PLAIN_SIGNATURES, SIGNATURES_OFFERED
from meetlat.probes.tls.flight import Reply
from meetlat.probes.tls.hello import SSL30, TLS10, TLS11, TLS12, TLS13, Extension, Offer, client_hello
from meetlat.probes.tls.key_exchange import Proof, Share, share
from meetlat.probes.tls.protection import traits
from meetlat.probes.tls.wire import ALERT, APPLICATION, HANDSHAKE, Wire

_MAX_HOST = 253
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_X25519 = 0x1D
GROUPS = (_X25519, 0x17, 0x18, 0x1E, 0x19, 0x1A, 0x1B, 0x1C, 0x16, 0x15)
_SUITES13 = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
_SIGNED_OR_RSA = re.compile("^TLS_(ECDHE_|DHE_|RSA_WITH_|DH_anon|ECDH_anon)")
_SUITES12 = tuple(
    suite
    for suite in (*CORE12, *reversed(LEGACY12))
    if traits(suite) is not None and _SIGNED_OR_RSA.match(suite_name(f"{suite:04x}")) and not suite_name(f"{suite:04x}").endswith("_OLD")
)
_PLAIN_SUITES12 = tuple(
    suite for suite in _SUITES12 if suite in {*CORE12, 0xC014, 0xC013, 0xC009, 0xC00A, 0x39, 0x33, 0x9D, 0x9C, 0x35, 0x2F, 0x0A, 5, 4}
)
_PLAIN_SIGNATURES = (0x0804, *PLAIN_SIGNATURES)
_LEFT_OUT = frozenset({Extension.STATUS_REQUEST, Extension.ALPN, Extension.SESSION_TICKET, Extension.PADDING})
ALL_VERSIONS = (TLS13, TLS12, TLS11, TLS10, SSL30)


def indicated(host: str) -> str:
    """Return the name to indicate (SNI; RFC 6066, 3), or an empty text when the extension cannot hold this host: then without it."""
    return host if len(host) <= _MAX_HOST and _HOST.fullmatch(host) else ""


@dataclass(slots=True)
class Session:
    """An established session: what was agreed, and a channel to send and receive over."""

    wire: Wire
    version: int
    suite: int
    group: int | None
    chain: list[bytes]
    staple: bytes = b""
    alpn: str = ""
    client_certificate_asked: bool = False
    max_early_data: int | None = None  # of the last ticket; None without a ticket
    proof: Proof | None = None  # None unless it was wanted and given
    after: "AfterHandshake | None" = None
    _ended: bool = field(default=False)

    @property
    def is_proved(self) -> bool | None:
        """Whether the server showed that it has the key of its certificate; None when that cannot be told."""
        return self.proof.holds if self.proof is not None else None

    async def send(self, content: bytes) -> None:
        """Send application data. Raises OSError when the other side is gone."""
        try:
            await self.wire.send(APPLICATION, content)
        except NoAnswerError as error:
            raise ConnectionResetError(error.detail) from error

    async def receive(self) -> bytes:
        """Return the next application data, or none at the end. Raises OSError when it ends in any other way."""
        while not self._ended:
            try:
                kind, content = await self.wire.receive()
                if kind == APPLICATION and content:
                    return content
                if kind == ALERT and len(content) >= 2:
                    self._ended = content[1] == 0
                    self.wire.take_alert(content) if not self._ended else None
                elif kind == HANDSHAKE and self.after is not None:
                    self.wire.messages += content
                    await self.after.take(self)
            except EOFError:
                self._ended = True
            except NoAnswerError as error:
                raise ConnectionResetError(error.detail) from error
        return b""

    async def close(self) -> None:
        """Take leave; never raises."""
        await self.wire.close()

    def facts(self) -> dict[str, object]:
        """Return version, suite and first certificate, as an answer over HTTP or SMTP tells them."""
        return {
            "version": VERSIONS[f"{self.version:04x}"],
            "cipher": suite_name(f"{self.suite:04x}"),
            "certificate": base64.b64encode(self.chain[0]).decode("ascii") if self.chain else None,
        }


class AfterHandshake:
    """What takes the handshake messages that come when the handshake is over."""

    async def take(self, session: Session) -> None:
        """Take the whole messages that have come in. Raises NoAnswerError."""
        raise NotImplementedError


class Manner(Enum):
    """How a hello is put: fully; plainly, for programs that choke on what is new or long; or as relics know it."""

    FULL = "full"
    PLAIN = "plain"
    RELIC = "relic"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What our client asks for: the name of the host, protocols, versions, and in which manner."""

    server_name: str
    alpn: tuple[str, ...] = ()
    versions: tuple[int, ...] = ALL_VERSIONS
    manner: Manner = Manner.FULL
    wants_proof: bool = False  # whether to check that the server signed with the key of its certificate

    @property
    def legacy_version(self) -> int:
        """The version that stands in the hello itself (RFC 8446, 4.1.2), and in an encrypted premaster secret (RFC 5246, 7.4.7.1)."""
        return SSL30 if self.manner is Manner.RELIC else min(max(self.versions), TLS12)

    def offer(self, shares: Iterable[tuple[int, bytes]], cookie: bytes = b"") -> Offer:
        """Return the hello for it."""
        is_full = self.manner is Manner.FULL
        suites = _SUITES12 if is_full else _PLAIN_SUITES12
        return Offer(
            versions=self.versions if self.manner is not Manner.RELIC else (SSL30,),
            suites=(*_SUITES13, *suites) if TLS13 in self.versions and self.manner is not Manner.RELIC else suites,
            groups=GROUPS if is_full else GROUPS[:3],
            signatures=SIGNATURES_OFFERED if is_full else _PLAIN_SIGNATURES,
            server_name=self.server_name,
            alpn=self.alpn,
            shares=tuple(shares),
            cookie=cookie,
            without=frozenset() if is_full else _LEFT_OUT,
        )


@dataclass(slots=True)
class Opening:
    """How far a handshake is: our hellos and shares, and the transcript."""

    wishes: Wishes
    random: bytes
    session_id: bytes
    shares: dict[int, Share]
    transcript: bytearray = field(default_factory=bytearray)
    reply: Reply = field(default_factory=Reply)

    def hello(self, cookie: bytes = b"") -> bytes:
        """Return the client hello as a handshake message, and note it in the transcript."""
        shares = [(group, one.public) for group, one in self.shares.items()]
        message = client_hello(self.wishes.offer(shares, cookie), self.random, self.session_id)
        self.transcript += message
        return message


def opening(wishes: Wishes) -> Opening:
    """Begin a handshake: our random, and a share for the group that nearly every server takes."""
    is13 = TLS13 in wishes.versions and wishes.manner is not Manner.RELIC
    return Opening(wishes, os.urandom(32), os.urandom(32) if is13 else b"", {_X25519: share(_X25519)} if is13 else {})
