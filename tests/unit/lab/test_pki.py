# SPDX-License-Identifier: EUPL-1.2
"""The certificates of the lab are good, or bad for exactly one reason, by the judgement of openssl."""

import subprocess
from datetime import UTC, datetime

import pytest

from lab import pki
from lab.plan import Certificate, MailServer, Plan, WebListener

HOST = "www.gemeente-proef.nl"
REASONS = {
    Certificate.GOOD: "",
    Certificate.SELF_SIGNED: "self-signed certificate",
    Certificate.EXPIRED: "certificate has expired",
    Certificate.WRONG_NAME: "hostname mismatch",
    Certificate.INCOMPLETE_CHAIN: "unable to get local issuer certificate",
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
    assert (done.returncode == 0) == (kind is Certificate.GOOD), done.stderr
    assert REASONS[kind] in done.stderr
    others = {reason for one, reason in REASONS.items() if one not in {kind, Certificate.GOOD}}
    assert not any(f": {reason}" in done.stderr for reason in others)


def test_mail_servers_have_certificates_too(state):
    """A mail server's certificate is made from the same authority."""
    assert judged(state, "mx1.gemeente-proef.nl", Certificate.GOOD).returncode == 0


@pytest.mark.parametrize("kind", Certificate)
def test_the_chain_that_is_sent_has_the_intermediate_or_not(state, kind):
    """Only a self-signed certificate and an incomplete chain stand alone."""
    sent = pki.certificate_file(state, HOST, kind).read_text(encoding="ascii").count("BEGIN CERTIFICATE")
    assert sent == (1 if kind in {Certificate.SELF_SIGNED, Certificate.INCOMPLETE_CHAIN} else 2)
