# SPDX-License-Identifier: EUPL-1.2
"""What is read from the first flight of a server, however it is cut up."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.probes.tls.flight import (
    MAX_FLIGHT,
    MAX_MESSAGE,
    Came,
    Flight,
    FlightError,
    NotTlsError,
    read_chain,
    read_chain_staple,
    read_staple,
)
from tests.unit.probes.tls.hellos import (
    DONE,
    alert,
    certificate,
    dhe,
    ecdhe,
    extension,
    flight12,
    handshake,
    hello_retry,
    message,
    record,
    server_hello,
    vector,
)

EMS, SECURE, ETM = extension(23), extension(0xFF01, b"\0"), extension(22)
ALPN = extension(16, vector(2, vector(1, b"h2")))
STAPLE = message(22, b"\x01" + vector(3, b"OCSP"))
REQUEST = message(13, b"\x01\x01\x00\x00\x00\x00")
SHARE = extension(51, b"\x00\x1d" + vector(2, b"k" * 32))
NAMED13 = extension(43, b"\x03\x04")

FLIGHTS = {
    "TLS 1.2 with all there can be": (
        flight12(0xC02F, certificate(b"leaf", b"issuer"), STAPLE, ecdhe(0x17, 0x0804), REQUEST, extensions=(EMS, SECURE, ETM, ALPN)),
        {
            "came": Came.SERVER_HELLO,
            "version": 0x0303,
            "suite": 0xC02F,
            "group": 0x17,
            "signature": 0x0804,
            "ems": True,
            "secure_renegotiation": True,
            "encrypt_then_mac": True,
            "alpn": "h2",
            "extensions": [23, 0xFF01, 22, 16],
            "chain": [b"leaf", b"issuer"],
            "staple": b"OCSP",
            "client_certificate_asked": True,
            "deflate": False,
        },
    ),
    "TLS 1.2 without a single extension": (
        flight12(0x002F, certificate(b"leaf")),
        {"version": 0x0303, "suite": 0x2F, "extensions": [], "ems": False, "secure_renegotiation": False, "group": None, "dh_bits": None},
    ),
    "TLS 1.0, whose signature names no scheme": (
        flight12(0xC013, certificate(b"leaf"), ecdhe(0x17), version=0x0301),
        {"version": 0x0301, "group": 0x17, "signature": None},
    ),
    "SSL 3.0": (flight12(0x0005, certificate(b"leaf"), version=0x0300), {"version": 0x0300, "suite": 5}),
    "compression chosen": (handshake(server_hello(0x2F, compression=1), DONE), {"deflate": True}),
    "finite field of 1024 bits": (
        flight12(0x0033, certificate(b"leaf"), dhe(b"\x80" + bytes(126) + b"\x01")),
        {"dh_bits": 1024, "dh_known": "", "signature": 0x0401, "group": None},
    ),
    "finite field with leading zeros": (flight12(0x0033, certificate(b"leaf"), dhe(bytes(64) + b"\x01" + bytes(63))), {"dh_bits": 505}),
    "an anonymous suite, which signs nothing": (flight12(0xC018, ecdhe(0x17)), {"group": 0x17, "signature": None, "chain": []}),
    "an explicit curve": (flight12(0xC013, certificate(b"leaf"), message(12, b"\x01rest")), {"group": 0xFF01}),
    "a temporary RSA key of an export suite": (flight12(0x0003, certificate(b"leaf"), message(12, vector(2, b"n") + vector(2, b"e"))), {}),
    "TLS 1.3": (
        handshake(server_hello(0x1301, NAMED13, SHARE)),
        {"came": Came.SERVER_HELLO, "version": 0x0304, "suite": 0x1301, "group": 0x1D, "server_share": b"k" * 32},
    ),
    "a hello retry request": (
        handshake(hello_retry(0x1302, 0x18)),
        {"came": Came.HELLO_RETRY, "version": 0x0304, "suite": 0x1302, "group": 0x18},
    ),
    "a hello retry request with a cookie": (
        handshake(
            server_hello(
                0x1301,
                NAMED13,
                extension(44, vector(2, b"biscuit")),
                random=bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"),
            )
        ),
        {"came": Came.HELLO_RETRY, "cookie": b"biscuit", "group": None},
    ),
    "a fatal alert": (alert(40), {"came": Came.ALERT, "alert": 40, "version": None}),
    "close_notify, though it calls itself a warning": (alert(0, level=1), {"came": Came.ALERT, "alert": 0}),
    "an alert of a level that does not exist": (alert(80, level=9), {"came": Came.ALERT, "alert": 80}),
    "warnings before the hello": (alert(112, 1) * 8 + flight12(0x2F), {"came": Came.SERVER_HELLO, "suite": 0x2F}),
    "a warning between the messages": (
        handshake(server_hello(0x2F)) + alert(90, 1) + handshake(certificate(b"leaf"), DONE),
        {"chain": [b"leaf"]},
    ),
    "an alert after the hello": (handshake(server_hello(0x2F)) + alert(80), {"came": Came.ALERT, "alert": 80, "version": 0x0303}),
    "a hello request before the hello": (handshake(message(0, b"")) + flight12(0x2F), {"suite": 0x2F}),
    "a hello request after the hello": (handshake(server_hello(0x2F), message(0, b""), DONE), {"suite": 0x2F}),
    "a change of cipher for middleboxes": (record(20, b"\x01") + handshake(hello_retry(0x1301, 0x17)), {"group": 0x17}),
    "a few empty records": (record(22, b"") * 16 + flight12(0x2F), {"suite": 0x2F}),
    "records of version 3.9": (record(22, server_hello(0x2F) + DONE, version=0x0309), {"suite": 0x2F}),
    "a staple of another kind": (flight12(0x2F, message(22, b"\x02" + vector(3, b"more"))), {"staple": b""}),
    "an empty chain": (flight12(0x2F, certificate()), {"chain": []}),
    "an extension that nobody knows": (flight12(0x2F, extensions=(extension(0xABCD, b"?"),)), {"extensions": [0xABCD]}),
    "a protocol that is no ASCII": (
        flight12(0x2F, extensions=(extension(16, vector(2, vector(1, b"\xff\xfe"))),)),
        {"alpn": "\ufffd\ufffd"},
    ),
}


def _fed(content):
    """Feed a flight at once."""
    flight = Flight()
    return flight.feed(content), flight.reply


@pytest.mark.parametrize("case", FLIGHTS)
def test_a_flight(case):
    """What the server said is in the reply, and the flight is whole."""
    content, expected = FLIGHTS[case]
    done, reply = _fed(content)
    assert done
    assert {name: getattr(reply, name) for name in expected} == expected


@pytest.mark.parametrize("case", FLIGHTS)
def test_a_flight_byte_by_byte(case):
    """However the network cuts it up, the reply is the same, and not whole a moment earlier."""
    content, _ = FLIGHTS[case]
    flight = Flight()
    done = [flight.feed(content[at : at + 1]) for at in range(len(content))]
    assert done == [False] * (len(content) - 1) + [True]
    assert flight.reply == _fed(content)[1]


@given(st.sampled_from(sorted(FLIGHTS)), st.integers(1, 40))
def test_messages_spread_over_records(case, size):
    """A handshake message may begin in one record and end in another (RFC 5246, 6.2.1)."""
    content, _ = FLIGHTS[case]
    cut, rest = b"", content
    while rest:
        kind, length = rest[0], int.from_bytes(rest[3:5], "big")
        fragment, rest = rest[5 : 5 + length], rest[5 + length :]
        pieces = [fragment[at : at + size] for at in range(0, length, size)] if kind == 22 and length else [fragment]
        cut += b"".join(record(kind, piece) for piece in pieces)
    done, reply = _fed(cut)
    assert done
    assert reply == _fed(content)[1]


WRONG = {
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n", NotTlsError),
    "a first octet that is no record": (b"\x00", NotTlsError),
    "a record of another major version": (b"\x16\x02\x00", NotTlsError),
    "a record longer than a record can be": (b"\x16\x03\x03\x48\x01", NotTlsError),
    "application data": (record(23, b"x"), FlightError),
    "an alert of one octet": (record(21, b"\x02"), FlightError),
    "an empty alert": (record(21, b""), FlightError),
    "warnings without end": (alert(90, 1) * 9, FlightError),
    "empty records without end": (record(22, b"") * 17, FlightError),
    "empty changes of cipher without end": (record(20, b"") * 17, FlightError),
    "a message of 16 MB": (handshake(b"\x02\xff\xff\xff"), FlightError),
    "a message one octet too long": (handshake(b"\x02" + (MAX_MESSAGE + 1).to_bytes(3, "big")), FlightError),
    "a flight without end": (record(20, b"\x01" * 16_000) * 17, FlightError),
    "certificates before the hello": (handshake(certificate(b"leaf")), FlightError),
    "two hellos": (handshake(server_hello(0x2F), server_hello(0x2F)), FlightError),
    "a finished": (handshake(server_hello(0x2F), message(20, b"x" * 12)), FlightError),
    "a client hello": (handshake(message(1, b"x")), FlightError),
    "a message that nobody knows": (handshake(server_hello(0x2F), message(77, b"")), FlightError),
    "an empty hello": (handshake(message(2, b"")), FlightError),
    "a hello of a version that does not exist": (handshake(server_hello(0x2F, version=0x0203)), FlightError),
    "a hello that ends in its session id": (handshake(message(2, b"\x03\x03" + bytes(32) + b"\x20ab")), FlightError),
    "extensions longer than the hello": (handshake(message(2, b"\x03\x03" + bytes(32) + b"\0\0\x2f\0\xff\xff")), FlightError),
    "an extension longer than the extensions": (handshake(server_hello(0x2F, b"\0\x17\0\x09x")), FlightError),
    "an extension twice": (handshake(server_hello(0x2F, extension(23), extension(35), extension(23))), FlightError),
    "more extensions than there are": (handshake(server_hello(0x2F, *map(extension, range(1000, 1100)))), FlightError),
    "a version of one octet": (handshake(server_hello(0x1301, extension(43, b"\x03"))), FlightError),
    "a share longer than its extension": (handshake(server_hello(0x1301, NAMED13, extension(51, b"\0\x1d\0\x20abc"))), FlightError),
    "a chain longer than its message": (handshake(server_hello(0x2F), message(11, b"\0\x01\0abc")), FlightError),
    "a certificate longer than the chain": (handshake(server_hello(0x2F), message(11, vector(3, b"\0\0\x09abc"))), FlightError),
    "a curve without its point": (handshake(server_hello(0xC02F), message(12, b"\x03\0\x17")), FlightError),
    "a key exchange that ends before its signature": (handshake(server_hello(0xC02F), ecdhe(0x17)), FlightError),
    "an empty key exchange": (handshake(server_hello(0xC02F), message(12, b"")), FlightError),
    "an empty certificate status": (handshake(server_hello(0x2F), message(22, b"")), FlightError),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_flight(case):
    """Every wrong length, order and excess has one error, which says what is wrong."""
    content, expected = WRONG[case]
    with pytest.raises(expected) as raised:
        Flight().feed(content)
    assert type(raised.value) is expected
    assert str(raised.value)


def test_a_flight_that_drips_without_end():
    """What never completes is given up after so many octets, however small the pieces, and no more than that was kept."""
    flight = Flight()
    piece = record(22, message(11, bytes(100))[:50])
    flight.feed(handshake(server_hello(0x2F)))
    with pytest.raises(FlightError):
        list(map(flight.feed, itertools.repeat(piece, MAX_FLIGHT)))


def test_what_follows_a_whole_flight_is_not_read():
    """Behind the end anything may come; it changes nothing."""
    done, reply = _fed(flight12(0x2F) + b"HTTP/1.1 400 Bad Request")
    assert done
    assert reply == _fed(flight12(0x2F))[1]


ENTRIES = vector(3, b"leaf") + vector(2, extension(5, b"\x01" + vector(3, b"OCSP"))) + vector(3, b"issuer") + vector(2, b"")


def test_the_chain_of_tls13():
    """RFC 8446, 4.4.2: every certificate has extensions of its own, and the first may bring an OCSP response."""
    body = vector(1, b"context") + vector(3, ENTRIES)
    assert read_chain(body, is13=True) == [b"leaf", b"issuer"]
    assert read_chain_staple(body) == b"OCSP"


@pytest.mark.parametrize(
    "body", [vector(1, b"") + vector(3, b""), vector(1, b"") + vector(3, vector(3, b"leaf") + vector(2, extension(18)))]
)
def test_a_chain_of_tls13_without_staple(body):
    """Without certificates, or with other extensions, there is none."""
    assert read_chain_staple(body) == b""


def test_a_staple_of_several():
    """OCSP responses of RFC 6961 (type 2) are not read."""
    assert read_staple(b"\x02" + vector(3, b"x")) == b""
