# SPDX-License-Identifier: EUPL-1.2
"""TLSA records of the lab, against what openssl computes from the same certificates."""

import hashlib
import subprocess
from datetime import UTC, datetime

import pytest

from lab import pki
from lab.plan import Certificate, MailServer, Plan, Record
from lab.tlsa import data_of, filled

HOST = "mx1.gemeente-proef.nl"


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A state folder with the certificate of one mail server."""
    folder = tmp_path_factory.mktemp("tlsa")
    pki.write(Plan((), (), (MailServer(HOST, ("198.18.128.20",)),), (), ()), folder, datetime.now(UTC))
    return folder


def openssl(*words, given=None):
    """Run openssl and return what it writes."""
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout


@pytest.mark.parametrize("whose", ["leaf", "intermediate", "root"])
@pytest.mark.parametrize("selector", ["0", "1"])
@pytest.mark.parametrize("matching", ["0", "1", "2"])
def test_data_come_from_the_certificates(state, whose, selector, matching):
    """The placeholder becomes the certificate or key, whole or as a digest."""
    record = Record(f"_25._tcp.{HOST}", "TLSA", data_of(f"2 {selector} {matching} {whose}", HOST, Certificate.GOOD, is_live=True))
    files = {
        "leaf": pki.certificate_file(state, HOST, Certificate.GOOD),
        "intermediate": state / "intermediate.pem",
        "root": state / "ca.pem",
    }
    der = openssl("x509", "-in", str(files[whose]), "-outform", "DER")
    key = openssl("pkey", "-pubin", "-outform", "DER", given=openssl("x509", "-in", str(files[whose]), "-noout", "-pubkey"))
    selected = key if selector == "1" else der
    expected = {"0": selected, "1": hashlib.sha256(selected).digest(), "2": hashlib.sha512(selected).digest()}[matching]
    assert filled(record, state).data == f"2 {selector} {matching} {expected.hex()}"


@pytest.mark.parametrize("words", ["3 1 1 old", "3 1 1 next", "3 1 2 old"])
def test_keys_that_nobody_has_need_no_certificate(tmp_path, words):
    """They are known before there is any, and differ from host to host."""
    record = Record(f"_25._tcp.{HOST}", "TLSA", data_of(words, HOST, Certificate.GOOD, is_live=True))
    assert filled(record, tmp_path) == record
    assert record.data != data_of(words, "mx2.gemeente-proef.nl", Certificate.GOOD, is_live=True)


def test_a_host_that_is_not_there_has_records_all_the_same(tmp_path):
    """A dead mail server has no certificate; its zone does not know that."""
    record = Record(f"_25._tcp.{HOST}", "TLSA", data_of("3 1 1 leaf", HOST, Certificate.GOOD, is_live=False))
    assert filled(record, tmp_path) == record


def test_other_records_are_left_alone(tmp_path):
    """Braces in a TXT record (an SPF macro) mean nothing here."""
    record = Record("gemeente-proef.nl", "TXT", '"v=spf1 exists:%{i good x} -all"')
    assert filled(record, tmp_path) is record
