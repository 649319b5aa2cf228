# SPDX-License-Identifier: EUPL-1.2
"""The servers whose TLS is of another program serve the same pages, and agree to what their profile says, by the clients that can."""

import os
import socket
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lab import legacy_tls, legacy_tls_wheel, pki, tls_client
from lab.legacy_tls_wheel import NoOldOpenSslError
from lab.plan import GOOD_TLS, Certificate, Page, Plan, WebListener, WebServer

HOST = "www.gemeente-proef.nl"
PAGES = (Page("/", 200, (("Content-Type", "text/html"), ("Strict-Transport-Security", "max-age=60")), "<h1>Oud</h1>"),)
_PRIORITIES = "NONE:+VERS-TLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AEAD:+COMP-NULL:+CTYPE-X509:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256"
OLD = replace(GOOD_TLS, name="old", groups="P-256:P-384")
PLACES = {
    "127.0.9.11": (WebServer.OPENSSL_1_0_2, replace(OLD, versions=("SSLv3",), suites="RC4-SHA:DES-CBC3-SHA"), Certificate.RSA_2048),
    "127.0.9.12": (WebServer.OPENSSL_1_0_2, replace(OLD, versions=("TLSv1.2",), compression=True), Certificate.GOOD),
    "127.0.9.13": (WebServer.OPENSSL_1_0_2, replace(OLD, versions=("TLSv1.2",), suites="kEDH", dh="own-1024"), Certificate.RSA_2048),
    "127.0.9.14": (WebServer.GNUTLS, replace(GOOD_TLS, priorities=f"{_PRIORITIES}:%DISABLE_SAFE_RENEGOTIATION"), Certificate.GOOD),
    "127.0.9.15": (WebServer.GNUTLS, replace(GOOD_TLS, priorities=_PRIORITIES), Certificate.GOOD),
    "127.0.9.16": (WebServer.OPENSSL_4, replace(GOOD_TLS, groups="X25519MLKEM768:X25519"), Certificate.GOOD),
}
AGREED = (
    ("127.0.9.11", "SSLv3", "RC4-SHA", {"version": "SSLv3", "suite": "RC4-SHA", "answer": "HTTP/1.1 200", "renegotiations": 11}),
    ("127.0.9.11", "SSLv3", "3DES", {"suite": "DES-CBC3-SHA"}),
    ("127.0.9.12", "TLSv1.2", "ALL", {"compression": "zlib compression", "renegotiation": "secure", "answer": "HTTP/1.1 200"}),
    ("127.0.9.13", "TLSv1.2", "ALL", {"key": "1024 bits", "compression": "none"}),
    ("127.0.9.14", "TLSv1.2", "ALL", {"renegotiation": "insecure", "answer": "HTTP/1.1 200"}),
    ("127.0.9.15", "TLSv1.2", "ALL", {"renegotiation": "secure", "answer": "HTTP/1.1 200", "renegotiations": 11}),
)


@pytest.fixture(scope="module")
def library():
    """The old OpenSSL, fetched when it is not there yet."""
    legacy_tls_wheel.provide_for(legacy_tls_wheel.Path(legacy_tls.__file__).with_name("scenario.toml"))


@pytest.fixture(scope="module")
def port(library, tmp_path_factory):  # noqa: ARG001 - it has to be there
    """The port on which a running server has every place."""
    state = tmp_path_factory.mktemp("legacy")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    web = tuple(
        WebListener(HOST, (address,), number, kind, PAGES, server, tls=profile) for address, (server, profile, kind) in PLACES.items()
    )
    plan = Plan((), web, (), (), ())
    for maker in (pki, legacy_tls):
        maker.write(plan, state, datetime.now(UTC))
    (program,) = legacy_tls.programs(plan, state)
    environment = {**os.environ, **dict(program.environment), "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(program.argv, stderr=subprocess.PIPE, env=environment)
    await_port(number)
    yield number
    process.terminate()
    assert process.communicate(timeout=10)[1] == b""


def await_port(number):
    """Wait until the last place listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((list(PLACES)[-1], number), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("agreed", AGREED, ids=lambda agreed: " ".join(agreed[:3]))
def test_an_old_client_agrees_to_what_the_profile_says(port, monkeypatch, agreed):
    """OpenSSL 1.0.2 finds version, suite, compression, key and renegotiation as they should be, and the page."""
    address, version, suites, expected = agreed
    monkeypatch.setattr(tls_client, "_PORT", port)
    told = tls_client.old(address, HOST, version, suites)
    assert {key: told[key] for key in expected} == expected


@pytest.mark.parametrize(("address", "version", "suites"), [("127.0.9.11", "TLSv1", "ALL"), ("127.0.9.15", "TLSv1.1", "ALL")])
def test_what_the_profile_lacks_is_refused(port, monkeypatch, address, version, suites):
    """A version that is not in the profile comes to nothing."""
    monkeypatch.setattr(tls_client, "_PORT", port)
    with pytest.raises(OSError, match="unsupported protocol"):
        tls_client.old(address, HOST, version, suites)


def test_a_new_client_agrees_to_ml_kem(port, monkeypatch):
    """The hybrid group is chosen by a client that has it."""
    monkeypatch.setattr(tls_client, "_PORT", port)
    assert tls_client.new("127.0.9.16", HOST)["group"] == "X25519MLKEM768"


@pytest.mark.parametrize("address", ["127.0.9.12", "127.0.9.15", "127.0.9.16"])
def test_the_page_is_that_of_the_plan(port, address):
    """Curl gets the same headers and body as from nginx, twice over one connection."""
    url = f"https://{HOST}:{port}/"
    command = ["curl", "-sSik", "--resolve", f"{HOST}:{port}:{address}", url, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout.count("<h1>Oud</h1>") == 2
    assert "Strict-Transport-Security: max-age=60" in done.stdout


@pytest.mark.usefixtures("library")
def test_a_profile_that_the_library_does_not_take_is_refused(tmp_path):
    """A word that OpenSSL 1.0.2 or GnuTLS does not know ends the program at once, with a sentence."""
    pki.write(Plan((), (WebListener(HOST, (), 443, Certificate.GOOD, ()),), (), (), ()), tmp_path, datetime.now(UTC))
    file = pki.certificate_file(tmp_path, HOST, Certificate.GOOD)
    libraries = legacy_tls.Libraries()
    with pytest.raises(ValueError, match=r"1\.0\.2 does not take NO-SUCH-SUITE: no cipher match"):
        libraries.context(WebServer.OPENSSL_1_0_2, replace(OLD, suites="NO-SUCH-SUITE"), file)
    with pytest.raises(ValueError, match="these priorities, from here: NO-SUCH"):
        libraries.context(WebServer.GNUTLS, replace(GOOD_TLS, priorities="NO-SUCH"), file)


def test_without_such_sites_nothing_is_started(tmp_path):
    """Listeners of nginx are not for this program."""
    listener = WebListener(HOST, ("127.0.9.1",), 443, Certificate.GOOD, ())
    assert legacy_tls.programs(Plan((), (listener,), (), (), ()), tmp_path) == []


def test_a_library_that_cannot_be_had_is_told_in_one_sentence(tmp_path, monkeypatch):
    """Without a package index, and on another kind of machine, the sentence says what is needed and why it is not there."""
    scenario = legacy_tls_wheel.Path(legacy_tls.__file__).with_name("scenario.toml")
    monkeypatch.setattr(legacy_tls_wheel, "_FOLDER", tmp_path / "cache" / "old")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoOldOpenSslError, match=r"pip could not fetch it \(psycopg2-binary==2\.7\.5\)"):
        legacy_tls_wheel.provide_for(scenario)
    monkeypatch.setattr(legacy_tls_wheel.platform, "machine", lambda: "aarch64")
    with pytest.raises(NoOldOpenSslError, match="for x86_64 only; this machine is aarch64"):
        legacy_tls_wheel.provide_for(scenario)
    with pytest.raises(NoOldOpenSslError, match="is made when the lab is raised"):
        legacy_tls_wheel.library_folder()


def test_two_labs_raised_at_once_fetch_it_without_harm(tmp_path, monkeypatch):
    """Whoever is second leaves what the first has put there."""
    folder = tmp_path / "cache" / "old"

    def fetched_by_the_other_too(place):
        folder.mkdir()
        (folder / "libssl.so").write_bytes(b"of the first")
        with zipfile.ZipFile(place / "package.whl", "w") as package:
            package.writestr("psycopg2/.libs/libssl.so", b"of the second")
        return place / "package.whl"

    monkeypatch.setattr(legacy_tls_wheel, "_FOLDER", folder)
    monkeypatch.setattr(legacy_tls_wheel, "_fetched", fetched_by_the_other_too)
    legacy_tls_wheel.provide_for(legacy_tls_wheel.Path(legacy_tls.__file__).with_name("scenario.toml"))
    assert (folder / "libssl.so").read_bytes() == b"of the first"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["old"]


def test_a_scenario_without_old_servers_needs_no_library(tmp_path, monkeypatch):
    """Nothing is fetched for it, and a file that cannot be read is for others to complain of."""
    monkeypatch.setattr(legacy_tls_wheel, "_FOLDER", tmp_path / "old")
    monkeypatch.setattr(legacy_tls_wheel.platform, "machine", lambda: "aarch64")
    (tmp_path / "one.toml").write_text('[variants.a]\nweb.tls = "x"\n', encoding="utf-8")
    (tmp_path / "two.toml").write_text("= no TOML", encoding="utf-8")
    for name in ("one.toml", "two.toml", "three.toml"):
        legacy_tls_wheel.provide_for(tmp_path / name)
