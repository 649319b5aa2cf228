# SPDX-License-Identifier: EUPL-1.2
"""The bytes of a client hello: read back by other code, what is in it is what was to be offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.probes.tls.hello import SSL30, TLS10, TLS11, TLS12, TLS13, Extension, Offer, client_hello, hello_record, ssl2_hello
from tests.unit.probes.tls.hellos import read_hello, read_hello_message, words

_NUMBERS = st.lists(st.integers(0, 0xFFFE), min_size=1, max_size=120, unique=True).map(tuple)
_VERSIONS = st.sampled_from(
    [(TLS13,), (TLS13, TLS12), (TLS13, TLS12, TLS11, TLS10), (TLS12,), (TLS12, TLS11, TLS10, SSL30), (TLS11,), (TLS10,)]
)
_NAMES = st.text("abc.-", max_size=253)
_OFFERS = st.builds(
    Offer,
    versions=_VERSIONS,
    suites=_NUMBERS,
    groups=_NUMBERS,
    signatures=_NUMBERS,
    compression=st.booleans(),
    server_name=_NAMES,
    alpn=st.lists(st.text("h2/1.", min_size=1, max_size=9), max_size=3).map(tuple),
    shares=st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=133)), max_size=2).map(tuple),
    renegotiation=st.just(b""),
    without=st.just(frozenset()),
    cookie=st.binary(max_size=200),
    encrypt_then_mac=st.booleans(),
)


@given(_OFFERS)
def test_a_hello_says_what_is_offered(offer):
    """Versions, suites, groups, signatures, compression, name, protocols, shares and cookie can be read back, each in its place."""
    hello = read_hello(hello_record(offer))
    up_to_12 = tuple(version for version in (TLS12, TLS11, TLS10, SSL30) if version <= offer.versions[0])
    assert hello.versions == (offer.versions if offer.versions[0] == TLS13 else up_to_12)
    assert (hello.record_version, hello.suites, hello.groups) == (TLS10, offer.suites, offer.groups)
    assert hello.signatures == (offer.signatures if offer.versions[0] >= TLS12 else ())
    # RFC 8446, 4.1.2: who offers TLS 1.3 offers no compression.
    assert hello.compressions == (b"\x01\x00" if offer.compression and offer.versions[0] < TLS13 else b"\x00")
    name = offer.server_name.encode()
    assert hello.extensions.get(0, b"") == (
        (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name if name else b""
    )
    protocols = b"".join(bytes((len(one),)) + one.encode() for one in offer.alpn)
    assert hello.extensions.get(16, b"\0\0")[2:] == protocols
    assert (hello.extensions.get(44, b"\0\0")[2:]) == offer.cookie
    if offer.versions[0] == TLS13:
        shares = b"".join(group.to_bytes(2, "big") + len(one).to_bytes(2, "big") + one for group, one in offer.shares)
        assert hello.extensions[51] == len(shares).to_bytes(2, "big") + shares
        assert hello.extensions[45] == b"\x01\x01"
        assert len(hello.session_id) == 32
    else:
        assert not {43, 45, 51} & hello.extensions.keys()


@given(_OFFERS)
def test_no_hello_has_a_length_that_old_middleboxes_cannot_stand(offer):
    """RFC 7685: never 256 to 511 octets, nor 10 or 14 modulo 256, and what is added for it is zeros at the end."""
    message = client_hello(offer)
    assert not 256 <= len(message) < 512
    assert len(message) % 256 not in {10, 14}
    hello = read_hello_message(message)
    if 21 in hello.extensions:
        assert hello.order[-1] == 21
        assert not any(hello.extensions[21])
        bare = len(client_hello(offer.leaving_out(Extension.PADDING)))
        assert 256 <= bare < 512 or bare % 256 in {10, 14}


@pytest.mark.parametrize("length", range(1, 254))
def test_every_length_of_name(length):
    """However long the name of the host, the hello keeps from those lengths."""
    offer = Offer((TLS12,), (0xC02F,), (0x1D,), (0x0401,), server_name="a" * length)
    message = client_hello(offer)
    assert not 256 <= len(message) < 512
    assert len(message) % 256 not in {10, 14}


@given(_OFFERS, st.sets(st.sampled_from(Extension)))
def test_what_is_left_out_is_not_there(offer, without):
    """An extension that was left out is not sent, and no other disappears with it (but padding, which follows from the length)."""
    whole = read_hello(hello_record(offer)).extensions.keys() - {21}
    part = read_hello(hello_record(offer.leaving_out(*without))).extensions.keys() - {21}
    assert part == whole - {int(one) for one in without}


def test_ssl3_has_no_extensions():
    """RFC 6101: the record and the hello say 3.0, and the signalling suite stands for renegotiation_info (RFC 5746, 3.3)."""
    hello = read_hello(hello_record(Offer((SSL30,), (0x0A, 0x05), (0x1D,), (0x0401,), server_name="a.test")))
    assert (hello.record_version, hello.version, dict(hello.extensions)) == (SSL30, SSL30, {})
    assert hello.suites == (0x0A, 0x05, 0x00FF)
    assert hello.session_id == b""


RENEGOTIATION = {
    "a first hello": (Offer((TLS12,), (1,)), b"\0", False),
    "a hello of TLS 1.3 that also speaks 1.2": (Offer((TLS13, TLS12), (1,)), b"\0", False),
    "a later hello": (Offer((TLS12,), (1,), renegotiation=b"x" * 12), b"\x0c" + b"x" * 12, False),
    "TLS 1.3 alone, which has no renegotiation": (Offer((TLS13,), (1,)), None, False),
    "all extensions left out": (Offer((TLS12,), (1,)).leaving_out(*Extension), None, True),
    "all but the name left out": (
        Offer((TLS12,), (1,), server_name="a.test").leaving_out(*(one for one in Extension if one is not Extension.SERVER_NAME)),
        None,
        True,
    ),
}


@pytest.mark.parametrize("case", RENEGOTIATION)
def test_secure_renegotiation_is_always_asked_for(case):
    """RFC 5746, 3.4: by the extension or by the signalling suite; who is not asked would seem not to have it."""
    offer, content, has_signal = RENEGOTIATION[case]
    hello = read_hello(hello_record(offer))
    assert hello.extensions.get(0xFF01) == content
    assert (0x00FF in hello.suites) is has_signal


def test_ssl2():
    """draft-hickman-netscape-ssl-00, 2.5: two octets of header, version 0002, kinds of three octets, no session, a challenge of 16."""
    hello = ssl2_hello((0x010080, 0x0700C0))
    assert hello[0] & 0x80
    assert (words(hello[:2])[0] & 0x7FFF) == len(hello) - 2
    assert hello[2:11] == b"\x01\x00\x02\x00\x06\x00\x00\x00\x10"
    assert hello[11:17] == bytes.fromhex("0100800700c0")
    assert len(hello) == 17 + 16


def test_two_hellos_are_not_alike():
    """The random and the session id are fresh every time."""
    offer = Offer((TLS13,), (0x1301,))
    one, other = client_hello(offer), client_hello(offer)
    assert one[6:38] != other[6:38]
    assert one[39:71] != other[39:71]
