# SPDX-License-Identifier: EUPL-1.2
"""The client's side of a handshake of SSL 3.0 to TLS 1.2, from the server hello on, and renegotiation on it."""

import hashlib
import hmac
import os
from dataclasses import dataclass

from meetlat.facts.tls_catalogue import suite_name
from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.flight import FlightError, Reply, read_chain, read_key_exchange, read_server_hello, read_staple
from meetlat.probes.tls.hello import SSL30, TLS10, TLS12, client_hello
from meetlat.probes.tls.key_exchange import encrypted_premaster, finite_field, proof_of, share
from meetlat.probes.tls.protection import Sealing, SuiteTraits, key_block_size, sealings, traits
from meetlat.probes.tls.secrets import finished, prf
from meetlat.probes.tls.session import AfterHandshake, Opening, Session
from meetlat.probes.tls.wire import ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE, Wire

_NO_RENEGOTIATION = 100


@dataclass(slots=True)
class After12(AfterHandshake):
    """What is needed to negotiate again: our last hello and what both sides proved. A hello request of the server is passed over."""

    begun: Opening
    client_verify: bytes
    server_verify: bytes
    taken: int = 0

    async def take(self, session: Session) -> None:
        """Pass over what the server asks for."""
        while session.wire.whole_message() is not None:
            self.taken += 1
            if self.taken > 16:
                raise NoAnswerError(Failure.MALFORMED, "messages after the handshake without end")


async def finish12(wire: Wire, begun: Opening) -> Session:
    """Complete the handshake; the transcript ends with the server hello. Raises NoAnswerError and FlightError."""
    reply = begun.reply
    version, suite = reply.version or SSL30, reply.suite or 0
    known = traits(suite)
    if known is None:
        raise FlightError(f"suite {suite:04x} was not offered")
    if wire.ours is None:
        wire.version = version
    await _read_flight(wire, begun)
    proof = proof_of(reply, begun.random) if begun.wishes.wants_proof else None
    public, premaster = _exchanged(reply, version, begun.wishes.legacy_version)
    said = b""
    if reply.client_certificate_asked and version != SSL30:
        said = b"\x0b\x00\x00\x03\x00\x00\x00"  # we have none
    elif reply.client_certificate_asked:
        wire.put(ALERT, b"\x01\x29")  # no_certificate (RFC 6101, 5.6.6)
    said += b"\x10" + len(public).to_bytes(3, "big") + public
    begun.transcript += said
    wire.put(HANDSHAKE, said)
    master = _master(reply, begun, known, version, premaster)
    block = prf(version, known.digest, master, b"key expansion", reply.random + begun.random, key_block_size(known))
    ours, theirs = sealings(known, version, block)
    verify = await _exchange_finished(wire, begun, (version, known.digest, master), (ours, theirs))
    session = Session(wire, version, suite, reply.group, reply.chain, reply.staple, reply.alpn, reply.client_certificate_asked)
    session.proof = proof
    session.after = After12(begun, *verify)
    return session


async def _read_flight(wire: Wire, begun: Opening) -> None:
    """Read from Certificate to ServerHelloDone."""
    reply = begun.reply
    while True:
        kind, body, whole = await wire.message()
        if kind == 0:
            continue
        begun.transcript += whole
        match kind:
            case 11:
                reply.chain = read_chain(body)
            case 12:
                reply.key_exchange = body
                read_key_exchange(body, reply)
            case 13:
                reply.client_certificate_asked = True
            case 22:
                reply.staple = read_staple(body)
            case 14:
                return
            case _:
                raise FlightError(f"handshake message {kind} out of turn")


def _exchanged(reply: Reply, version: int, offered: int) -> tuple[bytes, bytes]:
    """Return the body of our ClientKeyExchange, and the premaster secret."""
    name = suite_name(f"{reply.suite:04x}")
    if name.startswith(("TLS_ECDHE_", "TLS_ECDH_anon")):
        if reply.group is None or not reply.key_exchange:
            raise FlightError("no key exchange of the server")
        own = share(reply.group)
        return bytes((len(own.public),)) + own.public, own.agree(reply.server_share)
    if name.startswith(("TLS_DHE_", "TLS_DH_anon")):
        public, premaster = finite_field(reply.key_exchange)
        return len(public).to_bytes(2, "big") + public, premaster
    if not reply.chain:
        raise FlightError("no certificate for an RSA key exchange")
    premaster, encrypted = encrypted_premaster(offered, reply.chain[0])
    return (encrypted if version == SSL30 else len(encrypted).to_bytes(2, "big") + encrypted), premaster


def _master(reply: Reply, begun: Opening, known: SuiteTraits, version: int, premaster: bytes) -> bytes:
    """Return the master secret (RFC 5246, 8.1; RFC 7627, 4)."""
    if reply.ems and version >= TLS10:
        seen = bytes(begun.transcript)
        if version >= TLS12:
            session_hash = hashlib.new(known.digest, seen).digest()
        else:
            session_hash = hashlib.md5(seen, usedforsecurity=False).digest() + hashlib.sha1(seen, usedforsecurity=False).digest()
        return prf(version, known.digest, premaster, b"extended master secret", session_hash, 48)
    return prf(version, known.digest, premaster, b"master secret", begun.random + reply.random, 48)


async def _exchange_finished(
    wire: Wire, begun: Opening, keys: tuple[int, str, bytes], both: tuple[Sealing, Sealing]
) -> tuple[bytes, bytes]:
    """Send ChangeCipherSpec and Finished, and read the server's; return what each proved."""
    version, digest, master = keys
    wire.put(CHANGE_CIPHER_SPEC, b"\x01")
    wire.ours = both[0]
    own = finished(version, digest, master, "client", bytes(begun.transcript))
    message = b"\x14" + len(own).to_bytes(3, "big") + own
    begun.transcript += message
    await wire.send(HANDSHAKE, message)
    while True:
        kind, body, whole = await wire.message()
        if kind == -1:
            wire.theirs = both[1]
        elif kind == 20:
            expected = finished(version, digest, master, "server", bytes(begun.transcript))
            if not hmac.compare_digest(expected, body):
                raise NoAnswerError(Failure.TLS_NOT_SPOKEN, "a Finished that does not fit")
            return own, body
        elif kind == 4:
            begun.transcript += whole  # a ticket
        elif kind != 0:
            raise FlightError(f"handshake message {kind} out of turn")


async def renegotiated(session: Session) -> bool:
    """Try to negotiate again on a session, as its client; return whether the server let us. Raises NoAnswerError when it broke off."""
    after = session.after
    if not isinstance(after, After12):
        return False
    wire = session.wire
    begun = Opening(after.begun.wishes, os.urandom(32), b"", {})
    had = len(wire.warnings)
    proof = after.client_verify if after.begun.reply.secure_renegotiation else b""
    offer = begun.wishes.offer(())._replace(renegotiation=proof)
    message = client_hello(offer, begun.random, b"")
    begun.transcript += message
    await wire.send(HANDSHAKE, message)
    while True:
        kind, body, whole = await _message_or_warning(wire, had)
        if kind is None:
            return False
        if kind != 0:
            break
    if kind != 2:
        return False
    begun.transcript += whole
    read_server_hello(body, begun.reply)
    session.after = (await finish12(wire, begun)).after
    return True


async def _message_or_warning(wire: Wire, had: int) -> tuple[int | None, bytes, bytes]:
    """Return the next handshake message; or None as its type when the server warns that it does not renegotiate."""
    while (found := wire.whole_message()) is None:
        try:
            kind, content = await wire.receive()
        except EOFError:
            return None, b"", b""
        if kind == HANDSHAKE:
            wire.messages += content
        elif kind == ALERT and len(content) >= 2:
            wire.take_alert(content)
            if _NO_RENEGOTIATION in wire.warnings[had:]:
                return None, b"", b""
        else:
            wire.pass_over()
    return found
