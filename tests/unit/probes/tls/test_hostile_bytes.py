# SPDX-License-Identifier: EUPL-1.2
"""No parser of what a server sends raises anything but its own error, whatever the bytes, and none takes more than its share."""

import asyncio
import ssl
import warnings
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.client import start
from meetlat.probes.tls.flight import (
    MAX_FLIGHT,
    Flight,
    FlightError,
    Reader,
    Records,
    Reply,
    read_chain,
    read_chain_staple,
    read_key_exchange,
    read_server_hello,
    read_staple,
)
from meetlat.probes.tls.hello import Offer, hello_record
from meetlat.probes.tls.key_exchange import encrypted_premaster, finite_field, is_signed_by, proof_of, share
from meetlat.probes.tls.session import GROUPS, Wishes
from meetlat.probes.tls.ssl2_flight import Ssl2Flight, read_ssl2
from meetlat.probes.tls.wire import Wire
from tests.unit.probes.tls.hellos import ssl2_server_hello
from tests.unit.probes.tls.peers import ANYTHING, KEYS, server_context
from tests.unit.probes.tls.test_flight import FLIGHTS

OFFERS = {
    "TLS 1.3": Offer((0x0304,), (0x1301,), (0x1D,), (0x0403, 0x0804)),
    "TLS 1.2 over a curve": Offer((0x0303,), (0xC02F, 0xC02B), (0x17,), (0x0403, 0x0804)),
    "TLS 1.2 over a prime": Offer((0x0303,), (0x009E,), (0x17,), (0x0403, 0x0804)),
    "TLS 1.0": Offer((0x0301,), (0xC013, 0xC009), (0x17,)),
}


def _flight(context, offer):
    """Let OpenSSL answer a hello in memory."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello_record(offer))
    with pytest.raises(ssl.SSLError):
        session.do_handshake()
    return outgoing.read()


class _Flights(list):
    """Many flights, too long to be shown when a test fails."""

    def __repr__(self):
        """Say how many."""
        return f"<{len(self)} flights>"


@pytest.fixture(scope="module")
def flights(authority, dh_parameters):
    """Real flights of OpenSSL, and those that were written by hand."""
    made = _Flights(content for content, _ in FLIGHTS.values())
    for kind in ("rsa", "p256"):
        context = server_context(authority.issue(kind), suites=ANYTHING)
        context.load_dh_params(dh_parameters)
        made += [_flight(context, offer) for offer in OFFERS.values()]
    return made


def _mutated(data, content):
    """Change, drop, double and put in some octets."""
    content = bytearray(content)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(content)))
        piece = data.draw(st.sampled_from([b"\0", b"\xff", b"\x7f", b"\x01", b"\x16\x03\x03"]) | st.binary(max_size=4))
        end = at + data.draw(st.sampled_from([0, len(piece), 1, 40]))
        content[at:end] = piece
    return bytes(content)


def _fed(flight, content, size):
    """Feed in pieces; end in a reply or in the flight's own error."""
    with suppress(FlightError):
        for at in range(0, len(content), size):
            if flight.feed(content[at : at + size]):
                break
    return flight.reply


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([1, 7, 100_000]))
def test_a_mutated_flight(flights, data, size):
    """A reply or FlightError; and a reply can always be written down and looked at."""
    reply = _fed(Flight(), _mutated(data, data.draw(st.sampled_from(flights))), size)
    assert reply.came
    with suppress(FlightError):
        proof = proof_of(reply, bytes(32))
        assert proof is None or proof.holds in {True, False, None}


@settings(max_examples=300)
@given(st.binary(max_size=400), st.integers(1, 400))
def test_arbitrary_bytes_as_a_flight(content, size):
    """The same of what is no flight at all; also as records, and as the body of every message."""
    assert _fed(Flight(), content, size)
    _fed(Ssl2Flight(), content, size)
    for kind in (2, 11, 12, 13, 14, 22):
        message = bytes((kind,)) + len(content).to_bytes(3, "big") + content
        hello = b"\x02\0\0\x26\x03\x03" + bytes(32) + b"\0\xc0\x2f\0"
        _fed(Flight(), b"\x16\x03\x03" + (len(hello) + len(message)).to_bytes(2, "big") + hello + message, size)


PARSERS = {
    "a server hello": lambda content: read_server_hello(content, Reply()),
    "a chain": read_chain,
    "a chain of TLS 1.3": lambda content: read_chain(content, is13=True),
    "the staple of a chain": read_chain_staple,
    "a staple": read_staple,
    "a key exchange over a curve": lambda content: read_key_exchange(content, Reply(suite=0xC02F, version=0x0303)),
    "a key exchange over a prime": lambda content: read_key_exchange(content, Reply(suite=0x0033, version=0x0303)),
    "an agreement over a prime": finite_field,
    "an answer of SSL 2.0": read_ssl2,
    "a certificate to encrypt for": lambda content: encrypted_premaster(0x0303, content),
    **{f"a share of group {group:04x}": lambda content, group=group: share(group).agree(content) for group in GROUPS},
}


@pytest.mark.parametrize("case", PARSERS)
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=150) | st.lists(st.sampled_from([b"\0", b"\x01", b"\x04", b"\xff", bytes(32), bytes(64)])).map(b"".join))
def test_a_parser(case, content):
    """Something, or FlightError."""
    with suppress(FlightError):
        PARSERS[case](content)


@settings(max_examples=100)
@given(st.data(), st.integers(1, 60))
def test_ssl2_mutated(data, size):
    """The same of answers of SSL 2.0."""
    _fed(Ssl2Flight(), _mutated(data, ssl2_server_hello((0x010080, 0x0700C0), bytes(50))), size)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(KEYS)), st.sampled_from([0x0401, 0x0804, 0x0403, 0x0807, 0x0808, 0x0201, 0x0101, 0x081A, 0]))
def test_a_mutated_certificate(authority, data, kind, scheme):
    """Whatever is in a certificate: encrypting for it ends in a secret or FlightError, and checking with it never raises, nor warns."""
    leaf = _mutated(data, authority.leaf(kind))
    with warnings.catch_warnings(action="error"):
        assert is_signed_by(leaf, scheme, data.draw(st.binary(max_size=80)), b"content") in {False, None}
        with suppress(FlightError):
            encrypted_premaster(0x0303, leaf)


def test_a_certificate_of_a_version_that_does_not_exist(authority):
    """One octet changed, and cryptography has an error of its own for it."""
    leaf = authority.leaf("rsa").replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    assert is_signed_by(leaf, 0x0401, b"", b"") is None
    with pytest.raises(FlightError, match="no RSA key"):
        encrypted_premaster(0x0303, leaf)


def test_a_key_that_cannot_be_used_to_encrypt_with(authority):
    """What cannot be used is found out only then, and says so."""
    der = authority.leaf("rsa")
    at = der.index(b"\x02\x82\x01\x01\x00")  # the modulus: made even, which OpenSSL notices only when it is used
    broken = der[: at + 4 + 257 - 1] + b"\x00" + der[at + 4 + 257 :]
    with pytest.raises(FlightError, match="RSA"):
        encrypted_premaster(0x0303, broken)


@given(st.binary(max_size=60), st.lists(st.tuples(st.sampled_from(["take", "number", "vector"]), st.integers(0, 40)), max_size=9))
def test_a_reader_never_reads_beyond_its_end(content, steps):
    """So many octets as there are, or FlightError; what is left is always told rightly."""
    reader, at = Reader(content), 0
    for name, count in steps:
        try:
            got = getattr(reader, name)(count)
        except FlightError:
            break
        at += count + (len(got) if name == "vector" else 0)
        assert reader.left() == len(content) - at >= 0


@given(st.binary(max_size=300), st.integers(1, 300))
def test_records_lose_nothing(content, size):
    """What goes in comes out: headers and fragments, and the rest; never more than was fed."""
    records, out = Records(), b""
    try:
        for at in range(0, len(content), size):
            records.feed(content[at : at + size])
            while (found := records.next()) is not None:
                assert (found[0], found[1]) == (found[3][0], int.from_bytes(found[3][1:3], "big"))
                out += found[3] + found[2]
    except FlightError:
        assert content.startswith(out)
        return
    assert out + records.rest() == content


class _Told:
    """A channel that says some pieces and closes."""

    def __init__(self, pieces):
        self._pieces = list(pieces)

    async def send(self, content):
        """Take anything."""

    async def receive(self):
        """Give the next piece."""
        return self._pieces.pop(0) if self._pieces else b""

    async def close(self):
        """Take leave."""


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([1, 50, 100_000]))
def test_a_handshake_with_a_mutated_server(flights, data, size):
    """Our client ends in NoAnswerError: what is not sealed for us never makes a session."""
    content = _mutated(data, data.draw(st.sampled_from(flights)))
    channel = _Told(content[at : at + size] for at in range(0, len(content), size))
    with pytest.raises(NoAnswerError):
        asyncio.run(start(channel, Wishes("loopback.test", wants_proof=True)))


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_a_wire(pieces):
    """Receiving messages ends in NoAnswerError, and keeps no more than so much."""
    wire = Wire(_Told(pieces))

    async def work():
        while True:
            await wire.message()

    with pytest.raises(NoAnswerError):
        asyncio.run(work())
    assert len(wire.messages) <= MAX_FLIGHT
