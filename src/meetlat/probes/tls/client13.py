# SPDX-License-Identifier: EUPL-1.2
"""The client's side of a TLS 1.3 handshake (RFC 8446), from the server hello on."""

import hashlib
import hmac
from dataclasses import dataclass

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.flight import Came, FlightError, Reader, Reply, read_chain, read_chain_staple, read_server_hello
from meetlat.probes.tls.hello import TLS12, TLS13
from meetlat.probes.tls.key_exchange import Proof, share
from meetlat.probes.tls.protection import Sealing13, SuiteTraits, traits
from meetlat.probes.tls.secrets import Schedule13
from meetlat.probes.tls.session import GROUPS, AfterHandshake, Opening, Session
from meetlat.probes.tls.wire import CHANGE_CIPHER_SPEC, HANDSHAKE, Wire

_SIGNED = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"  # RFC 8446, 4.4.3
_MAX_AFTER = 32  # tickets and key updates


async def finish13(wire: Wire, begun: Opening, hello: bytes) -> Session:
    """Complete the handshake after a server hello or hello retry request. Raises NoAnswerError and FlightError."""
    wire.version = TLS12
    known = _known(begun.reply.suite)
    if begun.reply.came is Came.HELLO_RETRY:
        hello = await _try_again(wire, begun, hello, known)
    begun.transcript += hello
    reply = begun.reply
    if reply.group not in begun.shares:
        raise FlightError(f"a key for group {reply.group} that was not offered")
    schedule = Schedule13(known.digest, begun.shares[reply.group].agree(reply.server_share))
    seen = hashlib.new(known.digest, begun.transcript).digest()
    server, client = schedule.handshake_secret("s hs traffic", seen), schedule.handshake_secret("c hs traffic", seen)
    wire.theirs = Sealing13(known, *schedule.key_and_iv(server, known.key_size))
    session = Session(wire, TLS13, reply.suite or 0, reply.group, [])
    await _read_flight(wire, begun, session, schedule, server)
    return await _close_handshake(wire, begun, session, schedule, (known, client))


def _known(suite: int | None) -> SuiteTraits:
    """Return how the suite protects its records."""
    known = traits(suite) if suite is not None and suite >> 8 == 0x13 else None
    if known is None:
        raise FlightError(f"suite {suite} was not offered")
    return known


async def _try_again(wire: Wire, begun: Opening, retry: bytes, known: SuiteTraits) -> bytes:
    """Answer a hello retry request with the group that it wants; return the server hello that follows."""
    group = begun.reply.group
    if group is None or group not in GROUPS or group in begun.shares:
        raise FlightError("a retry request for a group that was not offered, or that it had")
    # RFC 8446, 4.4.1: the first hello counts as its hash.
    first = hashlib.new(known.digest, begun.transcript).digest()
    begun.transcript[:] = b"\xfe" + len(first).to_bytes(3, "big") + first + retry
    begun.shares = {group: share(group)}
    await wire.send(HANDSHAKE, begun.hello(begun.reply.cookie))
    kind, body, whole = await wire.message()
    if kind == -1:
        kind, body, whole = await wire.message()
    if kind != 2:
        raise FlightError(f"handshake message {kind} instead of a server hello")
    begun.reply = Reply()
    read_server_hello(body, begun.reply)
    if begun.reply.came is not Came.SERVER_HELLO or begun.reply.version != TLS13:
        raise FlightError("a second retry request")
    return whole


async def _read_flight(wire: Wire, begun: Opening, session: Session, schedule: Schedule13, server: bytes) -> None:
    """Read from EncryptedExtensions to Finished."""
    transcript = begun.transcript
    while True:
        kind, body, whole = await wire.message()
        match kind:
            case -1:
                continue
            case 8:
                session.alpn = _alpn(body)
            case 11:
                session.chain = read_chain(body, is13=True)
                session.staple = read_chain_staple(body)
            case 13:
                session.client_certificate_asked = True
                begun.reply.session_id = Reader(body).vector(1)  # the context to answer with
            case 15:
                reader = Reader(body)
                scheme, signature = reader.number(2), reader.vector(2)
                covered = _SIGNED + hashlib.new(schedule.digest, transcript).digest()
                if session.chain and begun.wishes.wants_proof:
                    session.proof = Proof(session.chain[0], scheme, signature, covered)
            case 20:
                expected = schedule.finished(server, hashlib.new(schedule.digest, transcript).digest())
                if not hmac.compare_digest(expected, body):
                    raise NoAnswerError(Failure.TLS_NOT_SPOKEN, "a Finished that does not fit")
                transcript += whole
                return
            case _:
                raise FlightError(f"handshake message {kind} out of turn")
        transcript += whole


def _alpn(body: bytes) -> str:
    """Read the protocol that the server chose from EncryptedExtensions."""
    extensions = Reader(Reader(body).vector(2))
    while extensions.left():
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == 16:
            return Reader(Reader(content).vector(2)).vector(1).decode("ascii", "replace")
    return ""


async def _close_handshake(wire: Wire, begun: Opening, session: Session, schedule: Schedule13, ours: tuple[SuiteTraits, bytes]) -> Session:
    """Send our Finished, and change to the keys for application data."""
    known, client = ours
    seen = hashlib.new(known.digest, begun.transcript).digest()
    application = {side: schedule.application_secret(f"{side} ap traffic", seen) for side in ("c", "s")}
    wire.put(CHANGE_CIPHER_SPEC, b"\x01")  # middleboxes expect one (RFC 8446, D.4)
    wire.ours = Sealing13(known, *schedule.key_and_iv(client, known.key_size))
    said = b""
    if session.client_certificate_asked:
        context = begun.reply.session_id
        body = bytes((len(context),)) + context + b"\x00\x00\x00"  # we have none
        said = b"\x0b" + len(body).to_bytes(3, "big") + body
        begun.transcript += said
    verify = schedule.finished(client, hashlib.new(known.digest, begun.transcript).digest())
    await wire.send(HANDSHAKE, said + b"\x14" + len(verify).to_bytes(3, "big") + verify)
    wire.ours = Sealing13(known, *schedule.key_and_iv(application["c"], known.key_size))
    wire.theirs = Sealing13(known, *schedule.key_and_iv(application["s"], known.key_size))
    session.after = After13(schedule, known, application["s"])
    return session


@dataclass(slots=True)
class After13(AfterHandshake):
    """Takes tickets and key updates (RFC 8446, 4.6)."""

    schedule: Schedule13
    known: SuiteTraits
    secret: bytes
    taken: int = 0

    async def take(self, session: Session) -> None:
        """Take the whole messages that have come in. Raises NoAnswerError."""
        while (found := session.wire.whole_message()) is not None:
            self.taken += 1
            if self.taken > _MAX_AFTER:
                raise NoAnswerError(Failure.MALFORMED, "messages after the handshake without end")
            kind, body, _ = found
            try:
                if kind == 4:
                    session.max_early_data = _max_early_data(body)
                elif kind == 24:
                    self.secret = self.schedule.next_secret(self.secret)
                    session.wire.theirs = Sealing13(self.known, *self.schedule.key_and_iv(self.secret, self.known.key_size))
            except FlightError as error:
                raise NoAnswerError(Failure.MALFORMED, str(error)) from error


def _max_early_data(body: bytes) -> int:
    """Read how much early data a NewSessionTicket allows (RFC 8446, 4.6.1); 0 when it does not speak of it."""
    reader = Reader(body)
    reader.take(8)
    reader.vector(1)
    reader.vector(2)
    extensions = Reader(reader.vector(2))
    while extensions.left():
        kind, content = extensions.number(2), Reader(extensions.vector(2))
        if kind == 42:
            return content.number(4)
    return 0
