# SPDX-License-Identifier: EUPL-1.2
"""Servers to speak TLS with: OpenSSL through Python's ssl, ``openssl s_server`` as a program, and doors to a scripted one."""

import asyncio
import os
import re
import ssl
import subprocess
import tempfile
import time
import warnings
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from meetlat.probes.tls.doors import PortDoor
from meetlat.probes.tls.exchange import exchange
from tests.unit.probes.loopback import open_gate, serving

ANYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
NAMES = {0x0301: "TLSv1", 0x0302: "TLSv1_1", 0x0303: "TLSv1_2", 0x0304: "TLSv1_3"}
# OpenSSL is what is written here, whatever a system says in its openssl.cnf.
_OPENSSL = {**os.environ, "OPENSSL_CONF": "/dev/null"}

KEYS = {
    "rsa": lambda: rsa.generate_private_key(65_537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "p224": lambda: ec.generate_private_key(ec.SECP224R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "dsa": lambda: dsa.generate_private_key(1024),  # noqa: S505 - quick to make, and nobody trusts it
}


class Authority:
    """A certificate authority for one test session. Issues certificates into a folder, each with its key and chain in one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("the root", self._key, "the root", self._key, is_authority=True)
        self.bundle = folder / "roots.pem"
        self.bundle.write_bytes(_pem(self.root))
        self._middle_key = ec.generate_private_key(ec.SECP256R1())
        self.middle = _certificate("the middle", self._middle_key, "the root", self._key, is_authority=True)
        self.middle_file = folder / "middle.pem"
        self.middle_file.write_bytes(_pem(self.middle))

    def issue(self, kind: str) -> Path:
        """Return the file for a kind of key; made once."""
        path = self.folder / f"{kind}.pem"
        if not path.exists():
            key = KEYS[kind]()
            leaf = _certificate("loopback.test", key, "the middle", self._middle_key)
            path.write_bytes(_private(key) + _pem(leaf) + _pem(self.middle))
        return path

    def staple(self, kind: str, file: Path) -> Path:
        """Write an OCSP response about a certificate into a file."""
        leaf, now = x509.load_pem_x509_certificate(self.issue(kind).read_bytes()), datetime.now(UTC)
        made = ocsp.OCSPResponseBuilder().add_response(
            leaf, self.middle, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, now, now + timedelta(days=1), None, None
        )
        signed = made.responder_id(ocsp.OCSPResponderEncoding.NAME, self.middle).sign(self._middle_key, hashes.SHA256())
        file.write_bytes(signed.public_bytes(serialization.Encoding.DER))
        return file

    def leaf(self, kind: str) -> bytes:
        """Return the certificate of a kind of key, in DER."""
        return x509.load_pem_x509_certificate(self.issue(kind).read_bytes()).public_bytes(serialization.Encoding.DER)


def _certificate(name, key, issuer, issuer_key, *, is_authority=False):
    """Make a certificate for some days."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _pem(certificate):
    """Return a certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key):
    """Return a key as text."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def server_context(certificate, version=None, suites=ANYTHING):
    """Return the TLS of a server that takes old things too; one version only when asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(suites)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion[NAMES[version or 0x0301]]
        context.maximum_version = ssl.TLSVersion[NAMES[version or 0x0304]]
    context.load_cert_chain(certificate)
    return context


async def echo(visit):
    """Say everything back."""
    while words := await visit.reader.read(65_536):
        await visit.say(words)


@asynccontextmanager
async def channel_to(port):
    """Open a channel to a port of the loopback."""
    async with PortDoor(open_gate(), "127.0.0.1", port).open() as channel:
        yield channel


@asynccontextmanager
async def channel_of(script, context=None):
    """Open a channel to a server that follows a script."""
    async with serving(script, context) as server, channel_to(server.port) as channel:
        yield channel


async def heard(session, words):
    """Wait until so much was heard, and return it."""
    got = b""
    while len(got) < len(words):
        got += (piece := await session.receive())
        assert piece
    return got


async def carried(session, words):
    """Say something and hear it back."""
    await session.send(words)
    assert await heard(session, words) == words


@dataclass
class OpensslServer:
    """A running ``openssl s_server``."""

    process: subprocess.Popen
    port: int
    told: Path

    def say(self, words: bytes) -> None:
        """Type a line at it: a command (k, r) or what it sends."""
        self.process.stdin.write(words)
        self.process.stdin.flush()

    async def heard(self, words: bytes) -> None:
        """Wait until it has heard something."""
        async with asyncio.timeout(5):
            while words not in self.told.read_bytes():
                await asyncio.sleep(0.002)


@contextmanager
def s_server(*arguments):
    """Run ``openssl s_server`` on a port of its own choice (not with -www or -rev, for which it waits a second now and then)."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", *map(str, arguments)]
    with (
        tempfile.NamedTemporaryFile() as told,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=told, stderr=subprocess.STDOUT, env=_OPENSSL) as process,
    ):
        try:
            yield OpensslServer(process, _port(process, Path(told.name)), Path(told.name))
        finally:
            process.kill()


def _port(process, told):
    """Wait until it says where it listens."""
    while (found := re.search(rb"ACCEPT .*:(\d+)\n", told.read_bytes())) is None:
        assert process.poll() is None, told.read_bytes()
        time.sleep(0.002)
    return int(found[1])


def openssl_suites(*arguments):
    """List the suites of an OpenSSL cipher string: (code, name, lowest version, key exchange, authentication)."""
    command = ["openssl", "ciphers", "-s", "-V", "-stdname", *arguments]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=_OPENSSL).stdout
    rows = [line.split() for line in told.splitlines()]
    return [(int(row[0].replace("0x", "").replace(",", ""), 16), row[4], row[5], row[6][3:], row[7][3:]) for row in rows]


SILENCE = object()
RESET = ConnectionResetError("reset")


@dataclass
class ScriptedChannel:
    """A connection on which a function decides what comes back on what was sent."""

    behave: object
    sent: bytes = b""
    answered: bool = False

    async def send(self, content):
        """Take what is sent."""
        if self.behave is None:
            raise RESET
        self.sent += content

    async def receive(self):
        """Give the answer, once; then the end."""
        if self.answered:
            return b""
        self.answered = True
        answer = self.behave(self.sent)
        if answer is SILENCE:
            await asyncio.sleep(3600)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self):
        """Take leave."""


@dataclass
class ScriptedDoor:
    """A server that answers each hello by a function of it; counts, and keeps the hellos."""

    behave: object
    hellos: list = field(default_factory=list)
    opened: int = 0

    @asynccontextmanager
    async def open(self):
        """Open a connection."""
        self.opened += 1
        yield ScriptedChannel(self._answer)

    async def exchange(self, hello, patience, *, is_ssl2=False):
        """Open a connection for one hello."""
        async with self.open() as channel:
            return await exchange(channel, hello, patience, is_ssl2=is_ssl2)

    def _answer(self, hello):
        self.hellos.append(hello)
        return self.behave(hello)


def choosy(context, refuses):
    """Answer a hello as ``refuses`` says, or, when that says nothing, be a real TLS server that says everything back."""

    async def script(visit):
        head = await visit.reader.readexactly(5)
        hello = head + await visit.reader.readexactly(int.from_bytes(head[3:], "big"))
        visit.server.heard.append(hello)
        answer = refuses(hello)
        if answer is not None:
            await visit.say(answer)
            return
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(hello)
        is_done = False
        while True:
            try:
                if not is_done:
                    session.do_handshake()
                    is_done = True
                words = session.read(65_536)
                if not words:
                    return
                session.write(words)
            except ssl.SSLWantReadError:
                await visit.say(outgoing.read())
                piece = await visit.reader.read(65_536)
                if not piece:
                    return
                incoming.write(piece)
            except ssl.SSLError:
                await visit.say(outgoing.read())
                return

    return script
