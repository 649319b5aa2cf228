# SPDX-License-Identifier: EUPL-1.2
"""What a staple is worth: what it says, about whom, when, and who says it."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.ocsp import Staple, staple
from tests.unit.facts.made_certificates import BEGIN, NOW, Made, ec_key, make

RSA = rsa.generate_private_key(65_537, 2_048)
MIDDLE = make("middle", ca=True)
LEAF = make("leaf", MIDDLE)
SIGNED = hashes.SHA256()


def delegate(issuer, usages=(ExtendedKeyUsageOID.OCSP_SIGNING,)):
    """Make a certificate that an issuer gave to who answers in its name."""
    key = ec_key()
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(issuer.x509.subject).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(BEGIN).not_valid_after(NOW + timedelta(days=9))
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return Made(builder.sign(issuer.key, SIGNED), key)


def response(about=LEAF, by=MIDDLE, *, status=ocsp.OCSPCertStatus.GOOD, days=(-1, 1), through=None, digest=SIGNED):
    """Sign a response about a certificate for some days from now; ``through`` is a delegate that signs and is sent along."""
    revoked = NOW - timedelta(days=5) if status is ocsp.OCSPCertStatus.REVOKED else None
    until = None if days[1] is None else NOW + timedelta(days=days[1])
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.x509, MIDDLE.x509, hashes.SHA256(), status, NOW + timedelta(days=days[0]), until, revoked, None
    )
    signer = through or by
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.x509)
    if through:
        builder = builder.certificates([through.x509])
    return builder.sign(signer.key, digest).public_bytes(serialization.Encoding.DER)


def judged(content, *chain, at=NOW):
    """Judge a staple for a chain."""
    return staple(b64encode(content).decode(), tuple(one.sent for one in chain or (LEAF, MIDDLE)), at)


OF_RSA = make("of RSA", ca=True, key=RSA)
OF_ED25519 = make("of Ed25519", ca=True, key=ed25519.Ed25519PrivateKey.generate())
OF_DSA = make("of DSA", ca=True, key=dsa.generate_private_key(2_048))
ED25519_LEAF, RSA_LEAF, DSA_LEAF = make("leaf", OF_ED25519), make("leaf", OF_RSA), make("leaf", OF_DSA)
PKCS1, PSS = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b0500", "0a3000"))  # SHA-256 with RSA; RSA-PSS
UNSUCCESSFUL = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(serialization.Encoding.DER)

CASES = {
    "good": (response(), Staple.GOOD),
    "without an end": (response(days=(-400, None)), Staple.GOOD),
    "by a delegate": (response(through=delegate(MIDDLE)), Staple.GOOD),
    "by a delegate that may do something else": (
        response(through=delegate(MIDDLE, (ExtendedKeyUsageOID.SERVER_AUTH,))),
        Staple.NOT_SIGNED_BY_ISSUER,
    ),
    "by a delegate that may do nothing in particular": (response(through=delegate(MIDDLE, ())), Staple.NOT_SIGNED_BY_ISSUER),
    "by a delegate of somebody else": (response(through=delegate(OF_RSA)), Staple.NOT_SIGNED_BY_ISSUER),
    "by somebody else": (response(by=make("middle", ca=True)), Staple.NOT_SIGNED_BY_ISSUER),
    "about another": (response(about=make("other", MIDDLE)), Staple.OTHER_CERTIFICATE),
    "revoked": (response(status=ocsp.OCSPCertStatus.REVOKED), Staple.REVOKED),
    "unknown to who answers": (response(status=ocsp.OCSPCertStatus.UNKNOWN), Staple.NOT_GOOD),
    "of last week": (response(days=(-9, -2)), Staple.OUT_OF_DATE),
    "of tomorrow": (response(days=(1, 9)), Staple.OUT_OF_DATE),
    "of who has no answer now": (UNSUCCESSFUL, Staple.UNSUCCESSFUL),
    "nothing": (b"", Staple.UNREADABLE),
    "a certificate": (LEAF.der, Staple.UNREADABLE),
    "half of one": (response()[:-9], Staple.UNREADABLE),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_staple_is_worth(case):
    """Each way in which it can be good or not."""
    content, expected = CASES[case]
    assert judged(content) is expected


def test_clocks_may_differ_by_five_minutes():
    """A response is in time until five minutes after its end, and no longer."""
    content, end = response(), NOW + timedelta(days=1)
    assert judged(content, at=end + timedelta(minutes=5)) is Staple.GOOD
    assert judged(content, at=end + timedelta(minutes=5, seconds=1)) is Staple.OUT_OF_DATE


def test_an_issuer_with_a_key_of_rsa():
    """Its signature is checked as well, of PKCS #1 v1.5; the parameters of RSA-PSS cannot be read, so that is unknown."""
    assert judged(response(about=RSA_LEAF, by=OF_RSA), RSA_LEAF, OF_RSA) is Staple.GOOD
    assert judged(response(about=RSA_LEAF, by=make("x", key=RSA, ca=True)), RSA_LEAF, OF_RSA) is Staple.GOOD  # the same key
    pss = response(about=RSA_LEAF, by=OF_RSA).replace(PKCS1, PSS)
    assert pss != response(about=RSA_LEAF, by=OF_RSA)
    assert judged(pss, RSA_LEAF, OF_RSA) is Staple.UNKNOWN


def test_an_issuer_with_a_key_of_ed25519():
    """Its signature is checked as well."""
    assert judged(response(about=ED25519_LEAF, by=OF_ED25519, digest=None), ED25519_LEAF, OF_ED25519) is Staple.GOOD
    assert judged(response(about=ED25519_LEAF), ED25519_LEAF, OF_ED25519) is Staple.NOT_SIGNED_BY_ISSUER


def test_what_we_cannot_check_is_not_held_against_them():
    """Without the issuer, or with a signature of a kind that is not checked here (DSA), it is unknown."""
    assert judged(response(), LEAF) is Staple.UNKNOWN
    assert judged(response(), LEAF, OF_RSA) is Staple.UNKNOWN
    assert judged(response(about=DSA_LEAF), DSA_LEAF, OF_DSA) is Staple.UNKNOWN


def test_a_chain_that_cannot_be_read():
    """Nothing can be said of a staple about it."""
    unreadable = replace(LEAF.sent, parsed=None)
    assert staple(b64encode(response()).decode(), (unreadable, MIDDLE.sent), NOW) is Staple.UNKNOWN
    assert staple(b64encode(response()).decode(), (), NOW) is Staple.UNKNOWN


def test_text_that_is_no_base64():
    """It is no staple."""
    assert staple("geen base64", (LEAF.sent, MIDDLE.sent), NOW) is Staple.UNREADABLE


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(content):
    """Nothing raises, and nothing by chance is good."""
    assert judged(content) is not Staple.GOOD


OF_ISSUER, OF_DELEGATE = response(), response(through=delegate(MIDDLE))


@given(st.integers(0, len(OF_ISSUER) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_staple_is_judged(at, change):
    """Whatever octets are different: never good, unless they are the same."""
    damaged = OF_ISSUER[:at] + change + OF_ISSUER[at + len(change) :]
    assert judged(damaged) is not Staple.GOOD or damaged == OF_ISSUER


@given(st.data())
def test_a_damaged_staple_of_a_delegate_is_judged(data):
    """The certificate that is sent along is hostile too."""
    at = data.draw(st.integers(0, len(OF_DELEGATE) - 1))
    damaged = OF_DELEGATE[:at] + data.draw(st.binary(min_size=1, max_size=3)) + OF_DELEGATE[at + 1 :]
    assert judged(damaged) in set(Staple)
