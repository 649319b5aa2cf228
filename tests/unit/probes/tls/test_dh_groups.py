# SPDX-License-Identifier: EUPL-1.2
"""Groups of RFC 7919 are recognised, by primes that OpenSSL knows by heart."""

import re
import subprocess

import pytest

from meetlat.probes.tls.dh_groups import known_group


def _prime(name):
    """Let OpenSSL make a key in a group, and take the prime out of it."""
    made = _openssl(b"", "genpkey", "-algorithm", "DH", "-pkeyopt", f"group:{name}")
    numbers = re.findall(r"INTEGER +:([0-9A-F]+)", _openssl(made, "asn1parse").decode())
    return bytes.fromhex(max(numbers, key=len))


def _openssl(words, *command):
    """Run OpenSSL."""
    return subprocess.run(["openssl", *command], input=words, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def primes():
    """The primes of all groups that have a name in TLS, and two that have not."""
    return {name: _prime(name) for name in ("ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192", "modp_2048", "modp_4096")}


@pytest.mark.parametrize("name", ["ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"])
def test_a_group_of_rfc_7919(name, primes):
    """The prime with generator 2 has a name, with leading zeros too; with another generator it is another group."""
    assert len(primes[name]) * 8 == int(name[5:])
    assert known_group(primes[name], b"\x02") == name
    assert known_group(b"\0" + primes[name], b"\0\x02") == name
    assert known_group(primes[name], b"\x05") == ""


@pytest.mark.parametrize("name", ["modp_2048", "modp_4096"])
def test_a_group_of_ike(name, primes):
    """The primes of RFC 3526 are well known too, but not made for TLS."""
    assert known_group(primes[name], b"\x02") == ""


@pytest.mark.parametrize(("prime", "generator"), [(b"", b""), (b"\x17", b"\x02"), (b"\xff" * 256, b"\x02"), (b"", b"\x02")])
def test_what_is_no_known_group(prime, generator):
    """Anything else has no name."""
    assert known_group(prime, generator) == ""
