# SPDX-License-Identifier: EUPL-1.2
"""Each odd TLS server does what its name says, over a real socket, and serves its page to a client that it likes."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from lab import odd_tls, pki, tls_contexts
from lab.client_hello import parse
from lab.plan import Certificate, OddTls, Page, Plan, WebListener, WebServer

ROOT = Path(odd_tls.__file__).parents[1]
ADDRESSES = {one: f"127.0.9.{number}" for number, one in enumerate(OddTls, 1)}
PAGES = (Page("/", 200, (("Content-Type", "text/plain"),), "voorpagina"),)
# With these no client gets as far as a page.
HOPELESS = {
    OddTls.RETRIES_FOR_SAME_GROUP: "bad key share",
    OddTls.RETRIES_WITH_ANY_SUITE: "unknown cipher",
    OddTls.HUGE_CHAIN: "excessive message size",
    OddTls.WRONG_LENGTHS: "packet length too long",
    OddTls.EMPTY_FRAGMENTS: "record too small",
    OddTls.GARBAGE_EXTENSIONS: "bad length",
    OddTls.ENDLESS_WARNINGS: "too many warn alerts",
}
# These get further with a handshake, or take longer over it.
LATER = {OddTls.DRIPS_SLOWLY, OddTls.REQUIRES_CLIENT_CERTIFICATE, OddTls.ENDLESS_TICKETS}
SERVES = [one for one in OddTls if one not in {*HOPELESS, *LATER, OddTls.TWO_BACKENDS}]
X25519, P256, X25519MLKEM768 = 29, 23, 4588
GOOD_SUITES = (0x1301, 0x1302, 0xC02B, 0xC02C)
TLS_1_3 = ((43, b"\x04\x03\x04\x03\x03"),)


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A state folder and the port of a program that must end well and have nothing to complain about."""
    state = tmp_path_factory.mktemp("odd-tls")
    port = free_port()
    kinds = {OddTls.TWO_BACKENDS: Certificate.RSA_3072}
    addresses = {one: (address,) for one, address in ADDRESSES.items()} | {OddTls.OLD_OVER_IPV6: (ADDRESSES[OddTls.OLD_OVER_IPV6], "::1")}
    web = tuple(
        WebListener(f"{one.value}.example", addresses[one], port, kinds.get(one, Certificate.GOOD), PAGES, WebServer.ODD_TLS, one)
        for one in OddTls
    )
    plan = Plan((), web, (), (), ())
    for maker in (pki, odd_tls):
        maker.write(plan, state, datetime.now(UTC))
    environment = {**os.environ, **dict(tls_contexts.environment(state))}
    command = [sys.executable, "-m", "lab.odd_tls", str(state / "odd-tls.json")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, env=environment)
    deadline = time.monotonic() + 20
    for address in (*ADDRESSES.values(), "::1"):
        while not listens(address, port):
            assert time.monotonic() < deadline, "the program did not start"
            time.sleep(0.05)
    yield state, port
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=10)[1]
    assert (process.returncode, said) == (0, b"")


def listens(address, port):
    """Whether a connection comes about."""
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def trusting(state, **differing):
    """A client that verifies, and is like any other but for what differs."""
    context = ssl.create_default_context(cafile=state / "ca.pem")
    for name, value in differing.items():
        setattr(context, name, value)
    return context


def page(served, odd, context=None, source="127.0.0.1", address=""):
    """Fetch the page, and return the session it came over and the answer."""
    state, port = served
    connection = socket.create_connection((address or ADDRESSES[odd], port), 5, ("", 0) if address else (source, 0))
    with (context or trusting(state)).wrap_socket(connection, server_hostname=f"{odd.value}.example") as session:
        session.sendall(f"GET / HTTP/1.0\r\nHost: {odd.value}.example\r\n\r\n".encode())
        told = b""
        while piece := session.recv(4096):
            told += piece
        return session.version(), session.cipher()[0], told


def hello(suites=GOOD_SUITES, groups=(X25519, P256), version=0x0303, extensions=TLS_1_3):
    """The record of a ClientHello, made by hand."""
    listed = b"".join(group.to_bytes(2) for group in groups)
    signatures = b"\x00\x02\x04\x03"
    told = [*extensions, (10, len(listed).to_bytes(2) + listed), (13, signatures), (51, b"\0\0")]
    block = b"".join(kind.to_bytes(2) + len(body).to_bytes(2) + body for kind, body in told)
    offered = b"".join(suite.to_bytes(2) for suite in suites)
    body = version.to_bytes(2) + bytes(32) + b"\0" + len(offered).to_bytes(2) + offered + b"\x01\0" + len(block).to_bytes(2) + block
    message = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + len(message).to_bytes(2) + message


def answered(served, odd, record, seconds=1.0):
    """What a server says first: octets, or the word for there being none."""
    try:
        with socket.create_connection((ADDRESSES[odd], served[1]), 5) as connection:
            connection.sendall(record)
            connection.settimeout(seconds)
            return connection.recv(65536) or "closed"
    except TimeoutError:
        return "silent"
    except (ConnectionResetError, BrokenPipeError):
        return "reset"


@pytest.mark.parametrize("odd", SERVES)
def test_the_page_is_served_to_an_ordinary_client(served, odd):
    """Whatever is odd, an ordinary client gets a verified session and the page."""
    version, _, told = page(served, odd)
    assert version == "TLSv1.3"
    assert told.startswith(b"HTTP/1.1 200 OK\r\n")
    assert told.endswith(b"voorpagina")


@pytest.mark.parametrize(("odd", "words"), HOPELESS.items())
def test_nonsense_is_refused_by_openssl(served, odd, words):
    """No client can go on with it, and openssl says why."""
    with pytest.raises(ssl.SSLError) as told:
        page(served, odd)
    assert words.replace(" ", "_").upper() in str(told.value)


def test_rate_limit_resets_beyond_a_burst_and_forgives(served):
    """Of twenty at once some are reset, and after a second there is room again."""
    outcomes = [answered(served, OddTls.RATE_LIMITED, hello()) for _ in range(20)]
    assert outcomes[0][:1] == b"\x16"
    assert "reset" in outcomes
    time.sleep(1)
    assert answered(served, OddTls.RATE_LIMITED, hello())[:1] == b"\x16"


def test_breakers_are_banned_and_others_are_not(served):
    """The ninth connection after eight broken handshakes is reset; a client from elsewhere, and one that finishes, are welcome."""
    for _ in range(10):
        page(served, OddTls.BANS_BREAKERS, source="127.0.0.2")
    for _ in range(8):
        assert answered(served, OddTls.BANS_BREAKERS, hello())[:1] == b"\x16"
    time.sleep(0.2)
    for _ in range(2):  # and not with ssl: a reset before it looks makes it lose its socket without closing it
        assert answered(served, OddTls.BANS_BREAKERS, hello()) == "reset"
    assert page(served, OddTls.BANS_BREAKERS, source="127.0.0.2")[0] == "TLSv1.3"


def test_two_backends_take_turns(served):
    """One connection is modern, the next is not."""
    context = trusting(served[0])
    context.set_ciphers("ALL:@SECLEVEL=0")
    seen = [page(served, OddTls.TWO_BACKENDS, context)[:2] for _ in range(4)]
    assert seen[0] != seen[1]
    assert seen[:2] == seen[2:]
    assert sorted(seen[:2]) == [("TLSv1.2", "AES256-SHA"), ("TLSv1.3", "TLS_AES_256_GCM_SHA384")]


REFUSED = {
    "no suite to its taste": hello(suites=(0x002F, 0x0035), extensions=()),
    "TLS 1.1 at most": hello(version=0x0302, extensions=()),
}


@pytest.mark.parametrize("record", REFUSED.values(), ids=REFUSED)
def test_refusals_are_alerts_or_silence_or_an_end(served, record):
    """A good server sends an alert; one says nothing, another closes."""
    assert answered(served, OddTls.GOOD, record)[:1] == b"\x15"
    assert answered(served, OddTls.SILENT_REFUSAL, record) == "silent"
    assert answered(served, OddTls.CLOSED_REFUSAL, record) == "closed"


CHOKING = {
    OddTls.CHOKES_ON_STATUS_REQUEST: hello(extensions=(*TLS_1_3, (5, b"\x01\0\0\0\0"))),
    OddTls.CHOKES_ON_LONG_HELLO: hello(extensions=(*TLS_1_3, (21, bytes(600)))),
    OddTls.CHOKES_ON_MANY_SUITES: hello(suites=(*GOOD_SUITES, *range(0xC000, 0xC000 + 61))),
    OddTls.CHOKES_ON_UNKNOWN_GROUP: hello(groups=(X25519, X25519MLKEM768)),
}


@pytest.mark.parametrize(("odd", "record"), CHOKING.items())
def test_each_chokes_on_its_own_thing_only(served, odd, record):
    """What one cannot bear the others do not mind, and without it that one answers too."""
    assert answered(served, odd, record) == "closed"
    assert answered(served, odd, hello())[:1] == b"\x16"
    others = [one for one in CHOKING if one is not odd]
    assert [answered(served, one, record)[:1] for one in others] == [b"\x16"] * 3


def test_sni_is_needed(served):
    """Without a name there is an alert, and it is number 112."""
    assert answered(served, OddTls.NEEDS_SNI, hello())[5:7] == b"\x02\x70"


def test_a_client_certificate_is_required_after_the_handshake(served):
    """In TLS 1.3 the client is through the handshake when it hears that it lacks a certificate."""
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        page(served, OddTls.REQUIRES_CLIENT_CERTIFICATE)
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        page(served, OddTls.REQUIRES_CLIENT_CERTIFICATE, trusting(served[0], maximum_version=ssl.TLSVersion.TLSv1_2))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
def test_old_versions_over_ipv6_only(served):
    """TLS 1.0 is refused over IPv4 and taken over IPv6."""
    old = trusting(served[0], minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        page(served, OddTls.OLD_OVER_IPV6, old)
    assert page(served, OddTls.OLD_OVER_IPV6, old, address="::1")[:2] == ("TLSv1", "ECDHE-ECDSA-AES256-SHA")


SSL_2 = {
    "two kinds of three in common": ((0x010080, 0x020080, 0x0700C0), (0x010080, 0x0700C0)),
    "none in common": ((0x020080,), None),
}


@pytest.mark.parametrize(("offered", "both"), SSL_2.values(), ids=SSL_2)
def test_ssl_2_is_answered_in_kind(served, offered, both):
    """The hello of the server lists what both know, and shows the certificate; or there is an error of SSL 2.0 (draft-hickman, 2.6)."""
    kinds = b"".join(kind.to_bytes(3) for kind in offered)
    message = b"\x01\x00\x02" + len(kinds).to_bytes(2) + b"\0\0" + b"\0\x10" + kinds + bytes(16)
    told = answered(served, OddTls.SSL_2_BESIDE, (0x8000 | len(message)).to_bytes(2) + message)
    assert int.from_bytes(told[:2]) == 0x8000 | len(told) - 2
    if both is None:
        assert told[2:] == b"\0\0\x01"
        return
    sizes = [int.from_bytes(told[at : at + 2]) for at in (7, 9, 11)]
    assert (told[2:7], sizes[1:]) == (b"\x04\0\x01\0\x02", [6, 16])
    names = x509.load_der_x509_certificate(told[13 : 13 + sizes[0]]).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert "ssl-2-beside.example" in names.value.get_values_for_type(x509.DNSName)
    assert told[13 + sizes[0] :][:6] == b"".join(kind.to_bytes(3) for kind in both)


def test_drips_come_one_octet_at_a_time(served):
    """A slow one says less than two octets in two seconds."""
    assert len(answered(served, OddTls.DRIPS_SLOWLY, hello(), 1.5)) == 1


def test_tickets_come_by_the_thousand_and_no_page(served):
    """After the handshake there are two megabytes of tickets, and no answer."""
    state, port = served
    plain = socket.create_connection((ADDRESSES[OddTls.ENDLESS_TICKETS], port), 5)
    came, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = trusting(state).wrap_bio(came, out, server_hostname="endless-tickets.example")
    octets = 0
    plain.settimeout(1)
    with plain, suppress(TimeoutError):
        while True:
            try:
                session.do_handshake()
                session.read(1)
            except ssl.SSLWantReadError:
                plain.sendall(out.read())
            piece = plain.recv(65536)
            assert piece
            octets += len(piece)
            came.write(piece)
    assert session.version() == "TLSv1.3"
    assert octets > 2_000_000


@pytest.mark.parametrize("odd", [OddTls.RETRIES_FOR_SAME_GROUP, OddTls.RETRIES_WITH_ANY_SUITE])
def test_retries_do_not_end(served, odd):
    """Every hello on the connection gets another HelloRetryRequest."""
    with socket.create_connection((ADDRESSES[odd], served[1]), 5) as connection:
        suites = set()
        for _ in range(20):
            connection.sendall(hello())
            told = connection.recv(4096)
            assert told[0] == 22
            assert told[11:13] == b"\xcf\x21"
            suites.add(told[44:46])
    assert (len(suites) == 1) == (odd is OddTls.RETRIES_FOR_SAME_GROUP)


def test_groups_and_hashes_that_a_norm_forbids_are_refused(served):
    """The good server takes no FFDHE group in TLS 1.3, no SHA-1 signature and no suite without forward secrecy."""
    assert answered(served, OddTls.GOOD, hello(groups=range(0x0100, 0x0105)))[5:7] == b"\x02\x28"
    weak = hello(suites=(0xC02B,), extensions=()).replace(b"\x00\x0d\x00\x04\x00\x02\x04\x03", b"\x00\x0d\x00\x04\x00\x02\x02\x03")
    assert answered(served, OddTls.GOOD, weak)[:1] == b"\x15"


def test_a_hello_is_read():
    """Length, versions, suites and groups of a hello made by hand."""
    record = hello(groups=(X25519, X25519MLKEM768))
    read = parse(record[5:])
    assert (read.length, read.highest_version, read.suites, read.groups) == (len(record) - 5, 0x0304, GOOD_SUITES, (X25519, X25519MLKEM768))
    assert parse(hello(version=0x0301, extensions=())[5:]).highest_version == 0x0301


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_a_spoilt_hello_is_refused_and_nothing_else(noise, place, octet):
    """Whatever comes, it is a hello or a ValueError."""
    spoilt = bytearray(hello()[5:])
    spoilt[place % len(spoilt)] = octet
    for message in (noise, bytes(spoilt), bytes(spoilt)[:place]):
        try:
            parse(message)
        except ValueError:
            continue
