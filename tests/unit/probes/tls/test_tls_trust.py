# SPDX-License-Identifier: EUPL-1.2
"""Whether a path leads from a chain to the roots of a bundle."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from meetlat.probes.network import NetworkError
from meetlat.probes.tls.trust import read_anchors

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())


def _made(name, issuer, key, issuer_key, *, days=(-2, 2), ca=False):
    """Make a certificate that is valid for some days from now."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().serial_number(x509.random_serial_number()).public_key(key.public_key())
    builder = builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    builder = builder.issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
    builder = builder.not_valid_before(now + timedelta(days=days[0])).not_valid_after(now + timedelta(days=days[1]))
    signed = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True).sign(issuer_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


ROOT = _made("root", "root", KEY, KEY, ca=True)
MIDDLE = _made("middle", "root", OTHER, KEY, ca=True)
LEAF = _made("leaf", "middle", KEY, OTHER)


@pytest.fixture(scope="module")
def anchors(tmp_path_factory):
    """The bundle with our root."""
    path = tmp_path_factory.mktemp("roots") / "roots.pem"
    path.write_bytes(x509.load_der_x509_certificate(ROOT).public_bytes(serialization.Encoding.PEM))
    return read_anchors(path)


CHAINS = {
    "whole": ([LEAF, MIDDLE], True, ""),
    "with its root": ([LEAF, MIDDLE, ROOT], True, ""),
    "in another order": ([LEAF, ROOT, MIDDLE], True, ""),
    "with something that does not belong to it": ([LEAF, MIDDLE, _made("x", "y", KEY, OTHER)], True, ""),
    "without what is between": ([LEAF], False, "unknown-issuer"),
    "of an unknown root": ([_made("leaf", "elsewhere", KEY, OTHER)], False, "unknown-issuer"),
    "self-signed": ([_made("self", "self", OTHER, OTHER)], False, "self-signed"),
    "of a root that is not ours": ([_made("leaf", "own", KEY, OTHER), _made("own", "own", OTHER, OTHER, ca=True)], False, "self-signed"),
    "expired": ([_made("leaf", "middle", KEY, OTHER, days=(-9, -1)), MIDDLE], False, "expired"),
    "not valid yet": ([_made("leaf", "middle", KEY, OTHER, days=(1, 9)), MIDDLE], False, "not-yet-valid"),
    "signed by who is no authority": ([_made("x", "leaf", OTHER, KEY), LEAF, MIDDLE], False, "other"),
    "signed by another than it says": ([_made("leaf", "middle", KEY, KEY), MIDDLE], False, "other"),
    "empty": ([], False, "other"),
    "no certificate": ([b"no certificate"], False, "other"),
    "no certificate behind it": ([LEAF, b"no certificate"], False, "other"),
    "with an empty certificate": ([LEAF, b""], False, "other"),
}


@pytest.mark.parametrize("case", CHAINS)
def test_a_chain(case, anchors):
    """Whether it is trusted, and why not."""
    chain, trusted, reason = CHAINS[case]
    told = anchors.judge_path(chain)
    assert (told["trusted"], told["reason"]) == (trusted, reason)
    assert told["anchors"] == anchors.digest
    assert bool(told["detail"]) is not trusted
    assert len(told["detail"]) <= 200


def test_who_sends_the_chain_of_another_as_one_decides_nothing_of_that_other(anchors):
    """Equal octets cut up otherwise are another chain."""
    assert not anchors.judge_path([MIDDLE + LEAF])["trusted"]
    assert not anchors.judge_path([LEAF + MIDDLE])["trusted"]
    assert not anchors.judge_path([LEAF[:9], LEAF[9:] + MIDDLE])["trusted"]
    assert anchors.judge_path([LEAF, MIDDLE])["trusted"]


def test_equal_chains_are_judged_once(anchors, monkeypatch):
    """Thousands of sites behind one certificate cost one judgement."""
    told = anchors.judge_path([LEAF, MIDDLE])
    monkeypatch.setattr(type(anchors), "_path", None)
    assert anchors.judge_path([LEAF, MIDDLE]) is told


def test_a_bundle_that_is_none(tmp_path):
    """One sentence says what is wrong."""
    path = tmp_path / "roots.pem"
    path.write_text("no certificates")
    with pytest.raises(NetworkError, match="cannot be read"):
        read_anchors(path)
    with pytest.raises(NetworkError, match="cannot be read"):
        read_anchors(tmp_path / "nothing")
