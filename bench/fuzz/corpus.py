# SPDX-License-Identifier: EUPL-1.2
"""Seeds for fuzzing: the literals of the tests, what the tests build, and real flights and certificates of OpenSSL."""

import ast
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import dns.edns
import dns.message
import dns.rcode
import dns.rrset
from cryptography.hazmat.primitives.serialization import Encoding

from bench.fuzz.sources import KINDS
from meetlat.probes.tls.hello import Offer, hello_record
from tests.unit.probes.tls.peers import ANYTHING, Authority, server_context
from tests.unit.probes.tls.test_broken_handshakes import BROKEN
from tests.unit.probes.tls.test_flight import ENTRIES, FLIGHTS
from tests.unit.probes.tls.test_secrets import CERTIFICATE, CERTIFICATE_VERIFY, ENCRYPTED_EXTENSIONS
from tests.unit.probes.tls.test_ssl2_flight import ANSWERS
from tests.unit.replies.test_form_reading import COLUMNS, RIGHT, form

_UNIT = Path(__file__).resolve().parents[2] / "tests" / "unit"
_LONGEST = 20_000
_RECORDS = (
    ("A", ("198.51.100.7",)),
    ("MX", ("10 mx.a.test.", "0 .")),
    ("TXT", ('"v=spf1 -all"', '"\\255" "two"')),
    ("TLSA", ("3 1 1 " + "ab" * 32,)),
    ("CAA", ('0 issue "ca.test"',)),
    ("SOA", ()),
)
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
    return _BUILT.get(name, _nothing)(authority)


def _nothing(_: Authority) -> Iterator[bytes]:
    """Yield nothing: the literals of the tests are enough."""
    yield from ()


def _all_flights(authority: Authority) -> Iterator[bytes]:
    """Yield first flights, as they stand in the tests and of OpenSSL."""
    for flight in (*(content for content, _ in FLIGHTS.values()), *(content for content, _ in BROKEN.values()), *_flights(authority)):
        yield flight[:_LONGEST]
        yield _ONE_PIECE + flight[:_LONGEST]


def _ssl2(_: Authority) -> Iterator[bytes]:
    """Yield answers on hellos of SSL 2.0."""
    yield from (content for content, _ in ANSWERS.values())


def _messages13(_: Authority) -> Iterator[bytes]:
    """Yield the messages of TLS 1.3 as they are once opened, a session ticket and a key update among them."""
    yield _ONE_PIECE + _record(ENCRYPTED_EXTENSIONS + CERTIFICATE + CERTIFICATE_VERIFY)
    yield b"\0" + ENTRIES
    yield bytes.fromhex("04000028000000000000000001000010") + bytes(16) + bytes.fromhex("0008002a000400000400")
    yield bytes.fromhex("1800000100")


def _messages12(authority: Authority) -> Iterator[bytes]:
    """Yield what follows a server hello of TLS 1.2, for a suite of each key exchange."""
    for flight in _flights(authority):
        hello = 5 + int.from_bytes(flight[3:5], "big")
        for suite in (b"\xc0\x2f", b"\x00\x9e", b"\x00\x2f"):
            yield suite + _ONE_PIECE + flight[hello:]


def _records(_: Authority) -> Iterator[bytes]:
    """Yield a record of application data per suite."""
    for suite in range(7):
        yield bytes((suite,)) + _ONE_PIECE + b"\x17\x03\x03\x00\x40" + bytes(64)


def _certificates(authority: Authority) -> Iterator[bytes]:
    """Yield certificates of every kind of key."""
    yield from _leaves(authority)
    yield authority.middle.public_bytes(Encoding.DER)


def _staples(authority: Authority) -> Iterator[bytes]:
    """Yield a certificate with an OCSP response about it."""
    leaf = _leaves(authority)[0]
    response = authority.staple("rsa", authority.folder / "staple").read_bytes()
    yield len(leaf).to_bytes(2, "big") + leaf + response


def _chains(authority: Authority) -> Iterator[bytes]:
    """Yield chains, each certificate behind its length, with a staple as the last piece."""
    leaf, middle = authority.leaf("rsa"), authority.middle.public_bytes(Encoding.DER)
    staple = authority.staple("rsa", authority.folder / "staple").read_bytes()
    for pieces in ((leaf, middle, staple), (leaf, staple), (leaf, leaf, middle, b"")):
        yield b"".join(len(one).to_bytes(2, "big") + one for one in pieces)


def _answers(_: Authority) -> Iterator[bytes]:
    """Yield answers of a resolver, the kind of the question in place of the id."""
    for kind, data in _RECORDS:
        query = dns.message.make_query("a.test.", kind, use_edns=0)
        answer = dns.message.make_response(query)
        if data:
            answer.answer.append(dns.rrset.from_text("a.test.", 300, "IN", kind, *data))
        yield bytes((KINDS.index(kind),)) + answer.to_wire()[2:]
        answer.set_rcode(dns.rcode.SERVFAIL)
        answer.use_edns(0, payload=4096, options=[dns.edns.EDEOption(7, "expired")])
        yield bytes((KINDS.index(kind),)) + answer.to_wire()[2:]


def _forms(_: Authority) -> Iterator[bytes]:
    """Yield a form as CSV."""
    yield form(RIGHT, RIGHT | {"domein": "onbekend.nl"})


def _sheets(_: Authority) -> Iterator[bytes]:
    """Yield what stands in a spreadsheet: of OpenDocument and of Office Open XML."""
    cells = "".join(f"<table:table-cell office:value-type='string'><text:p>{one}</text:p></table:table-cell>" for one in COLUMNS)
    names = "".join(f" xmlns:{one}='urn:oasis:names:tc:opendocument:xmlns:{one}:1.0'" for one in ("office", "table", "text"))
    table = f"<table:table table:name='a'><table:table-row>{cells}</table:table-row></table:table>"
    dated = "<table:table-cell office:value-type='date' office:date-value='2027-01-01' table:number-columns-repeated='3'/>"
    for inside in (
        table,
        table.replace("</table:table-row>", f"{dated}</table:table-row><table:table-row table:number-rows-repeated='9'/>"),
    ):
        body = f"<office:body><office:spreadsheet>{inside}</office:spreadsheet></office:body>"
        yield f"<office:document-content{names}>{body}</office:document-content>".encode()
    columns = "".join(f"<c r='{chr(65 + at)}1' t='inlineStr'><is><t>{one}</t></is></c>" for at, one in enumerate(COLUMNS))
    row = f"<row r='1'>{columns}</row><row r='2'><c r='A2'><v>45000.5</v></c><c r='B2' t='b'><v>1</v></c></row>"
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    yield f"<worksheet xmlns='{sheet}'><dimension ref='A1:K2'/><sheetData>{row}</sheetData></worksheet>".encode()


def _pages(_: Authority) -> Iterator[bytes]:
    """Yield two pages."""
    yield b"<html><script>if (a<b) {}</script><p>een twee drie</p>\0<p>een twee</p>"


def _leaves(authority: Authority) -> list[bytes]:
    """Issue a certificate for every kind of key."""
    return [authority.leaf(kind) for kind in ("rsa", "p256", "p384", "ed25519", "dsa")]


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


_BUILT: Mapping[str, Callable[[Authority], Iterator[bytes]]] = MappingProxyType(
    {
        "tls-flight": _all_flights,
        "tls-client": _all_flights,
        "tls-ssl2": _ssl2,
        "tls-messages-13": _messages13,
        "tls-messages-12": _messages12,
        "tls-records": _records,
        "certificate": _certificates,
        "tlsa": _certificates,
        "staple": _staples,
        "chain": _chains,
        "resolver": _answers,
        "reply-form": _forms,
        "reply-sheet": _sheets,
        "web-pages": _pages,
    }
)
