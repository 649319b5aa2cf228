# SPDX-License-Identifier: EUPL-1.2
"""What the http probe makes of TLS servers: certificates are facts, and every failing handshake has its own name."""

import asyncio
import base64
import ssl
import warnings

import pytest
from cryptography import x509

from meetlat.model.evidence import Failure, Need
from meetlat.probes.http import HttpProbe
from meetlat.probes.tls import client
from tests.unit.probes.loopback import farewell, flood, open_gate, openssl_server, outcome, rupture, serving, silence

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
UNRECOGNIZED_NAME = bytes.fromhex("15030100020270")
HANDSHAKE_FAILURE = bytes.fromhex("15030100020228")
INTERNAL_ERROR = bytes.fromhex("15030300020250")


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Wait only a moment for a server that takes one connection and no second."""
    monkeypatch.setattr(client, "SECONDS", 1.0)


async def answering(visit):
    """Answer every request with an empty page."""
    while True:
        await visit.hear_head()
        await visit.say(EMPTY)


def after_client_hello(words, then=silence):
    """Wait for the first words of the handshake, and say something of our own."""

    async def script(visit):
        await visit.reader.read(1)
        await visit.say(words)
        await then(visit)

    return script


async def fetched(script, server_tls=None, host="loopback.test"):
    """Fetch the root over https."""
    async with serving(script, server_tls) as server:
        need = Need("http", f"https://{host}:{server.port}/", "127.0.0.1")
        return await outcome(HttpProbe(open_gate()).observe(need))


def test_an_expired_self_signed_certificate_is_a_fact(server_tls, on_loop):
    """The page is fetched, and version, cipher suite and certificate are written down."""
    answer = on_loop(fetched(answering, server_tls))
    facts = answer["tls"]
    assert (answer["status"], facts["version"]) == (200, "TLS 1.3")
    assert facts["cipher"].startswith("TLS_")
    assert x509.load_der_x509_certificate(base64.b64decode(facts["certificate"])).subject.rfc4514_string() == "CN=loopback.test"


@pytest.mark.parametrize(
    ("version", "name"), [("TLSv1", "TLS 1.0"), ("TLSv1_1", "TLS 1.1"), ("TLSv1_2", "TLS 1.2"), ("TLSv1_3", "TLS 1.3")]
)
def test_old_versions_are_spoken_too(version, name, server_tls, on_loop):
    """Which version a server speaks is judged later; the probe speaks them all."""
    server_tls.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        server_tls.minimum_version = server_tls.maximum_version = ssl.TLSVersion[version]
    assert on_loop(fetched(answering, server_tls))["tls"]["version"] == name


async def _answer_and_close(visit):
    """Answer one request without saying that it is the last, and close."""
    await visit.hear_head()
    await visit.say(EMPTY)


async def _answer_and_break_off(visit):
    """Answer one request and break off without close_notify."""
    await visit.hear_head()
    await visit.say(b"HTTP/1.1 200 OK\r\n\r\nhoi")
    visit.reset()


async def _never_leave(visit):
    """Answer one request, and ignore the goodbye."""
    await visit.hear_head()
    await visit.say(EMPTY)
    await asyncio.sleep(30)


@pytest.mark.parametrize("script", [_answer_and_close, _answer_and_break_off, _never_leave])
def test_how_a_session_ends_changes_nothing(script, server_tls, on_loop):
    """An answer is an answer, with its session, whatever the server does afterwards."""
    answer = on_loop(fetched(script, server_tls))
    assert answer["status"] == 200
    assert answer["tls"]["certificate"]


FAILURES = {
    "plain HTTP": (after_client_hello(b"HTTP/1.1 400 Bad Request\r\n\r\n", farewell), Failure.TLS_NOT_SPOKEN),
    "plain HTTP before it is asked": (flood(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Failure.TLS_NOT_SPOKEN),
    "SSH": (after_client_hello(b"SSH-2.0-OpenSSH_9.2\r\n"), Failure.TLS_NOT_SPOKEN),
    "zeros": (flood(b"\0" * 4096), Failure.TLS_NOT_SPOKEN),
    "letters": (flood(b"Z" * 4096), Failure.TLS_NOT_SPOKEN),
    "a record that is too long": (after_client_hello(b"\x16\x03\x03\xff\xff" + b"x" * 70_000), Failure.TLS_NOT_SPOKEN),
    "closing": (after_client_hello(b"", farewell), Failure.TLS_CLOSED),
    "closing before the first word": (farewell, Failure.TLS_CLOSED),
    "breaking off": (after_client_hello(b"", rupture), Failure.TLS_CLOSED),
    "closing within a record": (after_client_hello(b"\x16\x03\x03\x00\x40abc", farewell), Failure.TLS_CLOSED),
    "silence": (silence, Failure.TLS_TIMEOUT),
    "silence within a record": (after_client_hello(b"\x16\x03\x03\x00\x40abc"), Failure.TLS_TIMEOUT),
    "the alert unrecognized_name": (after_client_hello(UNRECOGNIZED_NAME, farewell), Failure.TLS_NAME_UNKNOWN),
    "the alert handshake_failure": (after_client_hello(HANDSHAKE_FAILURE, farewell), Failure.TLS_ALERT),
    "the alert internal_error": (after_client_hello(INTERNAL_ERROR, farewell), Failure.TLS_ALERT),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_handshake_that_fails(case, on_loop, monkeypatch):
    """Silence, closing, nonsense and alerts are told apart; in each case the connection itself came about."""
    script, expected = FAILURES[case]
    if expected is Failure.TLS_TIMEOUT:
        monkeypatch.setattr(client, "SECONDS", 0.08)
    failure = on_loop(fetched(script))
    assert failure is expected
    assert failure.reached
    assert not failure.spoke_tls


async def refused_by(context):
    """Fetch the root from a TLS server that sends its alerts."""
    async with openssl_server(context) as port:
        return await outcome(HttpProbe(open_gate()).observe(Need("http", f"https://loopback.test:{port}/", "127.0.0.1")))


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        (ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME, Failure.TLS_NAME_UNKNOWN),
        (ssl.ALERT_DESCRIPTION_PROTOCOL_VERSION, Failure.TLS_ALERT),
        (ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE, Failure.TLS_ALERT),
        (ssl.ALERT_DESCRIPTION_INTERNAL_ERROR, Failure.TLS_ALERT),
        (ssl.ALERT_DESCRIPTION_ACCESS_DENIED, Failure.TLS_ALERT),
    ],
)
def test_a_real_server_that_sends_an_alert(alert, expected, server_tls, on_loop):
    """Only an unknown name says something of the site; any other alert is between that server and this client."""
    server_tls.sni_callback = lambda *_: alert
    assert on_loop(refused_by(server_tls)) is expected


@pytest.mark.parametrize(("version", "expected"), [("TLSv1_2", Failure.TLS_ALERT), ("TLSv1_3", Failure.CLOSED)])
def test_a_server_that_asks_for_a_certificate_of_ours(version, expected, server_tls, certificate, on_loop):
    """Without one TLS 1.2 ends in an alert; in TLS 1.3 the session came about before the server says no."""
    server_tls.verify_mode = ssl.CERT_REQUIRED
    server_tls.load_verify_locations(certificate)
    server_tls.minimum_version = server_tls.maximum_version = ssl.TLSVersion[version]
    assert on_loop(refused_by(server_tls)) is expected


HOSTS = {
    "an underscore": "_a.test",
    "an IPv4 address": "192.0.2.1",
    "an IPv6 address": "[2001:db8::1]",
    "a leading dot": ".a.test",
    "an empty label": "a..test",
    "a label of 64": "a" * 64 + ".test",
    "more than 253 characters": "a." * 150 + "test",
    "a percent sign": "%00.test",
    "a final dot": "a.test.",
    "one label": "localhost",
}


@pytest.mark.parametrize("case", HOSTS)
def test_a_host_that_sni_cannot_hold(case, server_tls, on_loop):
    """A host name that TLS cannot indicate is asked for without indication, and crashes nothing."""
    assert on_loop(fetched(answering, server_tls, HOSTS[case]))["status"] == 200


@pytest.mark.parametrize("host", ["é.test", "a\u3002test", "a b.test"])
def test_a_host_in_letters_of_its_own(host, server_tls, on_loop):
    """A name that was not made ready for the wire is not asked for, by us."""
    assert on_loop(fetched(answering, server_tls, host)) is Failure.NOT_ASKED


OCTETS = {"one octet, and then silence": (1, Failure.TLS_TIMEOUT), "a second one half a second later": (2, Failure.TLS_BROKEN)}


@pytest.mark.parametrize("case", OCTETS)
def test_octet_by_octet(case, run):
    """Whoever still sends when our patience ends is neither silent nor an answer; a busy server may have had time for two octets only."""
    octets, failure = OCTETS[case]

    async def dripping(visit):
        for octet in b"\x16\x03"[:octets]:
            await visit.say(bytes((octet,)))
            await asyncio.sleep(0.3)
        await silence(visit)

    assert run(fetched(after_client_hello(b"", dripping))) is failure
