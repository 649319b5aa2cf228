# SPDX-License-Identifier: EUPL-1.2
"""What is read from the answer on a hello of SSL 2.0."""

import itertools

import pytest

from meetlat.probes.tls.flight import Came, FlightError, NotTlsError
from meetlat.probes.tls.ssl2_flight import Ssl2Flight, read_ssl2
from tests.unit.probes.tls.hellos import alert, ssl2_server_hello

ANSWERS = {
    "a server hello lists every kind that both know": (
        ssl2_server_hello((0x010080, 0x0700C0), b"DER!"),
        {"came": Came.SERVER_HELLO, "version": 2, "kinds": [0x010080, 0x0700C0], "chain": [b"DER!"]},
    ),
    "nothing in common": (ssl2_server_hello(()), {"came": Came.ALERT, "alert": 40, "kinds": []}),
    "an error message": (b"\x80\x03\x00\x00\x01", {"came": Came.ALERT, "alert": 1}),
    "an alert of TLS": (alert(70), {"came": Came.ALERT, "alert": 70}),
    "half a kind at the end is none": (
        b"\x80\x0e\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x00\x01\x00\x80",
        {"came": Came.SERVER_HELLO, "kinds": [0x010080], "chain": [b""]},
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer(case):
    """What the server said is in the reply; byte by byte it is the same, and not whole a moment earlier."""
    content, expected = ANSWERS[case]
    reply = read_ssl2(content)
    assert {name: getattr(reply, name) for name in expected} == expected
    flight = Ssl2Flight()
    done = [flight.feed(content[at : at + 1]) for at in range(len(content))]
    assert done == [False] * (len(content) - 1) + [True]
    assert flight.reply == reply


WRONG = {
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n", NotTlsError),
    "a handshake of TLS": (b"\x16\x03\x01\x00\x02\x02\x28", NotTlsError),
    "three octets of header, as only ciphered records have": (b"\x00\x05\x00\x04", NotTlsError),
    "an empty record": (b"\x80\x00\x00", FlightError),
    "another message": (b"\x80\x01\x02", FlightError),
    "an error without a code": (b"\x80\x02\x00\x01", FlightError),
    "a hello that ends early": (b"\x80\x02\x04\x00", FlightError),
    "a certificate longer than the hello": (b"\x80\x0b\x04\x00\x01\x00\x02\xff\xff\x00\x03\x00\x00", FlightError),
    "kinds longer than the hello": (b"\x80\x0b\x04\x00\x01\x00\x02\x00\x00\xff\xff\x00\x00", FlightError),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_answer(case):
    """Every wrong length and message has one error."""
    content, expected = WRONG[case]
    with pytest.raises(expected) as raised:
        Ssl2Flight().feed(content)
    assert type(raised.value) is expected


def test_a_record_that_never_ends():
    """Its length has fifteen bits, so no more than 32 KiB is ever kept."""
    flight = Ssl2Flight()
    flight.feed(b"\xff\xff")
    with pytest.raises(FlightError):
        list(map(flight.feed, itertools.repeat(b"\x09" * 1000, 100)))
