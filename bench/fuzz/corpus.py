# SPDX-License-Identifier: EUPL-1.2
"""Seeds for fuzzing: the literals of the tests, what the tests build, and real flights and certificates of OpenSSL."""

import ast
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from meetlat.probes.tls.hello import Offer, hello_record
from tests.unit.probes.tls.peers import ANYTHING, Authority, server_context
from tests.unit.probes.tls.test_client_sessions import BROKEN
from tests.unit.probes.tls.test_flight import ENTRIES, FLIGHTS
from tests.unit.probes.tls.test_secrets import CERTIFICATE, CERTIFICATE_VERIFY, ENCRYPTED_EXTENSIONS
from tests.unit.probes.tls.test_ssl2_flight import ANSWERS

_UNIT = Path(__file__).resolve().parents[2] / "tests" / "unit"
_LONGEST = 20_000
_ONE_PIECE = b"\xff"  # the first octet tells a channel the size of its pieces


def seeds(name: str, tests: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the seeds of a target."""
    yield b""
    for test in tests:
        yield from _literals(_UNIT / test)
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        yield from _built(name, authority)


def _literals(file: Path) -> Iterator[bytes]:
    """Yield every text and every row of bytes in a test."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            content = node.value.encode("utf-8", "surrogatepass") if isinstance(node.value, str) else node.value
            if len(content) <= _LONGEST:
                yield content
                yield _ONE_PIECE + content


def _built(name: str, authority: Authority) -> Iterator[bytes]:
    """Yield what only code can make."""
    leaves = [authority.leaf(kind) for kind in ("rsa", "p256", "p384", "ed25519", "dsa")]
    match name:
        case "tls-flight" | "tls-client":
            flights = [*(content for content, _ in FLIGHTS.values()), *(content for content, _ in BROKEN.values()), *_flights(authority)]
            for flight in flights:
                yield flight[:_LONGEST]
                yield _ONE_PIECE + flight[:_LONGEST]
        case "tls-ssl2":
            yield from (content for content, _ in ANSWERS.values())
        case "tls-messages-13":
            yield _ONE_PIECE + _record(ENCRYPTED_EXTENSIONS + CERTIFICATE + CERTIFICATE_VERIFY)
            yield b"\0" + ENTRIES
            yield bytes.fromhex("04000028000000000000000001000010") + bytes(16) + bytes.fromhex("0008002a000400000400")
            yield bytes.fromhex("1800000100")
        case "tls-messages-12":
            for flight in _flights(authority):
                hello = 5 + int.from_bytes(flight[3:5], "big")
                yield b"\xc0\x2f" + _ONE_PIECE + flight[hello:]
                yield b"\x00\x9e" + _ONE_PIECE + flight[hello:]
                yield b"\x00\x2f" + _ONE_PIECE + flight[hello:]
        case "tls-records":
            for suite in range(7):
                yield bytes((suite,)) + _ONE_PIECE + b"\x17\x03\x03\x00\x40" + bytes(64)
        case "certificate" | "tlsa":
            yield from leaves
            yield authority.middle.public_bytes(Encoding.DER)
        case "staple":
            response = authority.staple("rsa", authority.folder / "staple").read_bytes()
            yield len(leaves[0]).to_bytes(2, "big") + leaves[0] + response
        case "web-pages":
            yield b"<html><script>if (a<b) {}</script><p>een twee drie</p>\0<p>een twee</p>"
        case _:
            return


def _record(content: bytes) -> bytes:
    """Write a record of handshake messages."""
    return b"\x16\x03\x03" + len(content).to_bytes(2, "big") + content


def _flights(authority: Authority) -> Iterator[bytes]:
    """Let OpenSSL answer hellos in memory."""
    offers = (
        Offer((0x0304,), (0x1301,), (0x1D,), (0x0403, 0x0804)),
        Offer((0x0303,), (0xC02F, 0xC02B), (0x17,), (0x0403, 0x0804)),
        Offer((0x0301,), (0xC013, 0xC009, 0x2F), (0x17,)),
        Offer((0x0303,), (0x2F,)),
    )
    for kind in ("rsa", "p256"):
        context = server_context(authority.issue(kind), suites=ANYTHING)
        for offer in offers:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = context.wrap_bio(incoming, outgoing, server_side=True)
            incoming.write(hello_record(offer))
            try:
                session.do_handshake()
            except ssl.SSLError:
                yield outgoing.read()
