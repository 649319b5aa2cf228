# SPDX-License-Identifier: EUPL-1.2
"""Certificates are read, or said to be unreadable; nothing that a server sends makes the reader fail."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.certificates import read
from tests.unit.facts.made_certificates import BEGIN, END, NOW, ec_key, make

ROOT = make("Root", ca=True)
LEAF = make("leaf", ROOT, names=("mx1.duinrade.example",))
RSA = make("RSA", ca=True, key=rsa.generate_private_key(65537, 2048))
ED = make("Ed25519", ca=True, key=ed25519.Ed25519PrivateKey.generate())
DSA = make("DSA", ca=True, key=dsa.generate_private_key(2048))


@pytest.mark.parametrize("made", [ROOT, LEAF, RSA, ED, DSA], ids=lambda made: made.x509.subject.rfc4514_string())
def test_the_key_is_cut_out_as_it_stands(made):
    """SubjectPublicKeyInfo is that of the certificate, whatever the kind of key."""
    assert made.sent.key_info == made.key_info


def test_a_compressed_point_stays_compressed():
    """A digest in the DNS is of the bytes that are sent, not of another form of the same key."""
    key = ec_key()
    compressed = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    whole = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    der = make("leaf", key=key).der
    info = make("leaf", key=key).key_info
    # The certificate as an issuer with compressed points would write it; its signature is of no interest here.
    short_info = bytes([0x30, len(info) - 2 - 32]) + info[2:].replace(b"\x03\x42\x00" + whole, b"\x03\x22\x00" + compressed)
    tbs = der[der.index(b"\x30\x82", 4) :] if der[4:6] == b"\x30\x82" else der[4:]
    tbs_content = tbs[4:] if tbs[1] == 0x82 else tbs[3:]
    tbs_length = int.from_bytes(tbs[2:4], "big") if tbs[1] == 0x82 else tbs[2]
    content = tbs_content[:tbs_length].replace(info, short_info)
    new_tbs = b"\x30\x82" + len(content).to_bytes(2, "big") + content
    certificate = b"\x30\x82" + len(new_tbs).to_bytes(2, "big") + new_tbs
    assert read(certificate).key_info == short_info


@pytest.mark.parametrize("issuer", [ROOT, RSA, ED], ids=["EC", "RSA", "Ed25519"])
def test_a_signature_is_checked_by_certificate_and_by_bare_key(issuer):
    """The issuer's certificate and its key alone tell the same; another's do not."""
    made = make("below", issuer)
    other = make(issuer.x509.subject.rfc4514_string().removeprefix("CN="), ca=True)
    assert made.sent.is_issued_by(issuer.sent) is True
    assert made.sent.is_signed_by(issuer.key_info) is True
    assert made.sent.is_issued_by(other.sent) is False
    assert made.sent.is_signed_by(other.key_info) is False


def test_rsa_pss_is_checked():
    """The other padding of RSA."""
    made = make("below", RSA, pss=True)
    assert made.sent.is_signed_by(RSA.key_info) is True
    assert made.sent.is_issued_by(RSA.sent) is True


def test_a_kind_of_key_that_we_do_not_check_is_not_a_fault():
    """DSA: our software does not tell, and says so."""
    assert make("below", DSA).sent.is_signed_by(DSA.key_info) is None


def test_another_name_is_another_issuer():
    """The key alone does not make an issuer: the name must be that in the certificate."""
    renamed = make("Renamed", ca=True, key=ROOT.key)
    assert LEAF.sent.is_issued_by(renamed.sent) is False
    assert LEAF.sent.is_signed_by(renamed.key_info) is True


def test_both_ends_of_the_dates_count():
    """RFC 5280, 4.1.2.5: valid from the first second to the last."""
    assert LEAF.sent.is_in_time(BEGIN)
    assert LEAF.sent.is_in_time(END)
    assert LEAF.sent.is_in_time(BEGIN.replace(year=2025)) is False
    assert LEAF.sent.is_in_time(END.replace(second=1)) is False


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (make("says so", ROOT, ca=True), True),
        (make("says not", ROOT, ca=False), False),
        (make("says nothing", ROOT), False),
        (make("an old root"), True),
    ],
    ids=lambda value: value.x509.subject.rfc4514_string() if hasattr(value, "x509") else str(value),
)
def test_who_may_issue(made, expected: bool):  # noqa: FBT001 - a table
    """Only an authority, and an old root that says nothing."""
    assert made.sent.may_issue is expected


def test_names_are_those_of_the_extension():
    """The common name does not count."""
    assert LEAF.sent.dns_names == ("mx1.duinrade.example",)
    assert ROOT.sent.dns_names == ()


def _asked_everything(der: bytes) -> None:
    """Ask every question of a certificate."""
    one = read(der)
    for told in (one.dns_names, one.may_issue, one.is_in_time(NOW), one.is_issued_by(ROOT.sent), ROOT.sent.is_issued_by(one)):
        assert told is None or isinstance(told, bool | tuple)
    for told in (one.key, one.signature_hash, one.valid_until):
        assert told is None or told
    assert one.is_root in {True, False}
    assert isinstance(one.subject + one.ocsp_server, str)
    assert one.key_info is None or one.key_info in der
    assert one.is_signed_by(ROOT.key_info) in {True, False, None}
    assert LEAF.sent.is_signed_by(one.key_info or b"") in {True, False, None}


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(der: bytes):
    """What is no certificate gives no facts, and no exception."""
    _asked_everything(der)


@given(st.integers(0, len(LEAF.der) - 1), st.binary(min_size=1, max_size=3), st.booleans())
def test_a_damaged_certificate_gives_no_exception(at: int, change: bytes, cut: bool):  # noqa: FBT001 - drawn
    """A good certificate with some octets changed, or cut off."""
    _asked_everything(LEAF.der[:at] + change + (b"" if cut else LEAF.der[at + len(change) :]))


@pytest.mark.parametrize("whose", ["issuer", "subject"])
def test_a_name_that_cannot_be_read(whose):
    """A relative identifier where text belongs: who issued it is not known, so it is no root, and no exception (found by fuzzing)."""
    text = b"\x0c" + bytes((len(whose),)) + whose.encode()
    leaf = make("subject", make("issuer", ca=True))
    assert leaf.der.count(text) == 1
    damaged = leaf.der.replace(text, b"\x0d" + text[1:])
    _asked_everything(damaged)
    assert read(damaged).is_root is False


def test_a_length_without_end_is_refused():
    """An indefinite or a huge length is no DER."""
    for der in (b"\x30\x80\x30\x80", b"\x30\xff" + b"\xff" * 127, b"\x30\x85\x01\x01\x01\x01\x01", b"\x30"):
        assert read(der).key_info is None


def test_curves_differ_from_signatures_of_another_kind():
    """A bare key of one kind never made a signature of another."""
    assert LEAF.sent.is_signed_by(RSA.key_info) is False
    assert make("below", RSA).sent.is_signed_by(ROOT.key_info) is False
    assert LEAF.sent.is_signed_by(make("x", key=ec.generate_private_key(ec.SECP384R1())).key_info) is False
