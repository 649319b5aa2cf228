# SPDX-License-Identifier: EUPL-1.2
"""The certificates of the lab are good, or bad for exactly one reason, by the judgement of openssl."""

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509

from lab import pki
from lab.plan import GOOD_TLS, Certificate, MailServer, Plan, Staple, WebListener

HOST = "www.gemeente-proef.nl"
REASONS = {
    Certificate.GOOD: "",
    Certificate.SELF_SIGNED: "self-signed certificate",
    Certificate.EXPIRED: "certificate has expired",
    Certificate.WRONG_NAME: "hostname mismatch",
    Certificate.NOT_YET_VALID: "certificate is not yet valid",
    Certificate.INCOMPLETE_CHAIN: "unable to get local issuer certificate",
    Certificate.WILDCARD_BELOW: "hostname mismatch",
}
ALONE = {Certificate.SELF_SIGNED, Certificate.INCOMPLETE_CHAIN}
LONG = {Certificate.UNORDERED_CHAIN, Certificate.WITH_ROOT}
# Per kind that differs by its keys or signatures: these of each certificate sent, in the words of openssl.
GOOD = ("id-ecPublicKey 256", "ecdsa-with-SHA256")
MADE = {
    Certificate.GOOD: (GOOD, GOOD),
    Certificate.RSA_3072: (("rsaEncryption 3072", "ecdsa-with-SHA256"), GOOD),
    Certificate.RSA_2048: (("rsaEncryption 2048", "ecdsa-with-SHA256"), GOOD),
    Certificate.RSA_1024: (("rsaEncryption 1024", "ecdsa-with-SHA256"), GOOD),
    Certificate.P384: (("id-ecPublicKey 384", "ecdsa-with-SHA256"), GOOD),
    Certificate.P224: (("id-ecPublicKey 224", "ecdsa-with-SHA256"), GOOD),
    Certificate.ED25519: (("ED25519", "ecdsa-with-SHA256"), GOOD),
    Certificate.SHA1: (("id-ecPublicKey 256", "ecdsa-with-SHA1"), GOOD),
    Certificate.SHA1_INTERMEDIATE: (GOOD, ("id-ecPublicKey 256", "ecdsa-with-SHA1")),
    Certificate.WITH_ROOT: (GOOD, GOOD, ("id-ecPublicKey 256", "ecdsa-with-SHA1")),
    Certificate.RSA_PSS: (("id-ecPublicKey 256", "rsassaPss"), ("rsaEncryption 3072", "ecdsa-with-SHA256")),
    Certificate.RSA_2048_INTERMEDIATE: (("id-ecPublicKey 256", "sha256WithRSAEncryption"), ("rsaEncryption 2048", "ecdsa-with-SHA256")),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A state folder with a certificate of every kind for one host."""
    folder = tmp_path_factory.mktemp("pki")
    web = tuple(WebListener(HOST, ("198.18.64.20",), 443, kind, ()) for kind in Certificate)
    mail = (MailServer("mx1.gemeente-proef.nl", ("198.18.128.20",)),)
    pki.write(Plan((), web, mail, (), ()), folder, datetime.now(UTC))
    return folder


def judged(state, host, kind):
    """What openssl says of a certificate with the chain that its server would send."""
    file = str(pki.certificate_file(state, host, kind))
    command = ["openssl", "verify", "-CAfile", str(state / "ca.pem"), "-untrusted", file, "-verify_hostname", host, file]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", Certificate)
def test_each_kind_is_judged_for_its_own_reason(state, kind):
    """A good certificate verifies, and each other kind fails for the reason that its name says."""
    done = judged(state, HOST, kind)
    expected = REASONS.get(kind, "")
    assert (done.returncode == 0) == (expected == ""), done.stderr
    assert expected in done.stderr
    others = set(REASONS.values()) - {expected, ""}
    assert not any(f": {reason}" in done.stderr for reason in others)


def test_mail_servers_have_certificates_too(state):
    """A mail server's certificate is made from the same authority."""
    assert judged(state, "mx1.gemeente-proef.nl", Certificate.GOOD).returncode == 0


@pytest.mark.parametrize("kind", Certificate)
def test_the_chain_that_is_sent_has_the_intermediate_or_not(state, kind):
    """Only a self-signed certificate and an incomplete chain stand alone; with two intermediates, or the root, there are three."""
    sent = pki.certificate_file(state, HOST, kind).read_text(encoding="ascii").count("BEGIN CERTIFICATE")
    assert sent == (1 if kind in ALONE else 3 if kind in LONG else 2)


@pytest.mark.parametrize("kind", MADE)
def test_keys_and_signatures_are_of_the_kind(state, kind):
    """Every certificate of a chain has the key, and is signed in the way, that the kind says, by the words of openssl."""
    text = pki.certificate_file(state, HOST, kind).read_text(encoding="ascii")
    seen = []
    for pem in re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL):
        said = subprocess.run(["openssl", "x509", "-noout", "-text"], input=pem, capture_output=True, text=True, check=True).stdout
        key, bits = re.search(r"Public Key Algorithm: (\S+)", said)[1], re.search(r"Public-Key: \((\d+) bit\)", said)
        seen.append((f"{key} {bits[1]}" if bits else key, re.search(r"Signature Algorithm: (\S+)", said)[1]))
    assert tuple(seen) == MADE[kind]


def test_a_chain_can_be_out_of_order(state):
    """The upper intermediate is sent before the one that it signed, and openssl finds the path all the same."""
    text = pki.certificate_file(state, HOST, Certificate.UNORDERED_CHAIN).read_bytes()
    names = [one.subject.rfc4514_string() for one in x509.load_pem_x509_certificates(text)]
    assert names[1:] == ["CN=Meetlat Lab upper", "CN=Meetlat Lab lower"]
    assert judged(state, HOST, Certificate.UNORDERED_CHAIN).returncode == 0


def test_rsa_keys_are_shared(tmp_path):
    """A hundred hosts with RSA keys have four between them: making more would take longer than all the rest."""
    web = tuple(WebListener(f"w{number}.example", ("198.18.64.20",), 443, Certificate.RSA_1024, ()) for number in range(100))
    pki.write(Plan((), web, (), (), ()), tmp_path, datetime.now(UTC))
    keys = {pki.certificate_file(tmp_path, one.host, Certificate.RSA_1024).read_text().partition("-----BEGIN CERT")[0] for one in web}
    assert len(keys) == 4


@pytest.mark.parametrize("staple", [Staple.GOOD, Staple.EXPIRED, Staple.REVOKED, Staple.OF_ANOTHER])
def test_a_staple_is_what_its_name_says(tmp_path, staple):
    """By the judgement of ``openssl ocsp``: signed by the issuer, and good, or not for the reason in its name."""
    profile = replace(GOOD_TLS, name="stapled", staple=staple)
    web = (WebListener(HOST, ("198.18.64.20",), 443, Certificate.NAMES_OCSP, (), tls=profile),)
    pki.write(Plan((), web, (), (), ()), tmp_path, datetime.now(UTC))
    response = str(pki.staple_file(tmp_path, HOST, Certificate.NAMES_OCSP, staple))
    certificate = str(pki.certificate_file(tmp_path, HOST, Certificate.NAMES_OCSP))
    issuer = str(tmp_path / "intermediate.pem")
    command = ["openssl", "ocsp", "-respin", response, "-issuer", issuer, "-cert", certificate, "-CAfile", str(tmp_path / "ca.pem")]
    done = subprocess.run([*command, "-verify_other", issuer], capture_output=True, text=True, check=False)
    assert "Response verify OK" in done.stderr
    said = {
        Staple.GOOD: ": good",
        Staple.EXPIRED: "Status times invalid",
        Staple.REVOKED: ": revoked",
        Staple.OF_ANOTHER: "No Status found",
    }
    assert said[staple] in done.stdout + done.stderr
    assert ("Status times invalid" in done.stdout + done.stderr) == (staple is Staple.EXPIRED)
