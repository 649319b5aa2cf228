# SPDX-License-Identifier: EUPL-1.2
"""Each odd web server misbehaves as its name says, over a real socket, and only where the plan has it."""

import gzip
import signal
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab import odd_web, pki
from lab.legacy_tls import SERVERS as OTHER_TLS
from lab.plan import Certificate, Page, Plan, WebListener, WebServer

ROOT = Path(odd_web.__file__).parents[1]
ODD = [one for one in WebServer if one not in {WebServer.NGINX, WebServer.ODD_TLS, *OTHER_TLS}]
ADDRESSES = {one: f"127.0.8.{number}" for number, one in enumerate(ODD, 1)}
PAGES = (Page("/", 200, (("Content-Type", "text/plain"), ("X-Twice", "1"), ("X-Twice", "2")), "voorpagina"),)
INSIDE_TLS = [
    WebServer.SILENT,
    WebServer.DRIP,
    WebServer.ENDLESS_HEADERS,
    WebServer.HUGE_BODY,
    WebServer.ENDLESS_CHUNKS,
    WebServer.BOMB,
]
ASKED = "GET / HTTP/1.1\r\nHost: {}.example\r\n\r\n"


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A state folder and the two ports of a program that must end well and have nothing to complain about."""
    state = tmp_path_factory.mktemp("odd")
    plain, secure = free_port(), free_port()
    pairs = [(one, port, kind) for one in ODD for port, kind in ((plain, None), (secure, Certificate.GOOD))]
    web = tuple(WebListener(f"{one.value}.example", (ADDRESSES[one],), port, kind, PAGES, one) for one, port, kind in pairs)
    plan = Plan((), web, (), (), ())
    for maker in (pki, odd_web):
        maker.write(plan, state, datetime.now(UTC))
    process = subprocess.Popen([sys.executable, "-m", "lab.odd_web", str(state / "odd-web.json")], cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 10
    for one in ODD:
        while not listens(ADDRESSES[one], secure):
            assert time.monotonic() < deadline, "the program did not start"
            time.sleep(0.05)
    yield state, plain, secure
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


def secured(state, server, port):
    """A verified TLS connection."""
    context = ssl.create_default_context(cafile=state / "ca.pem")
    return context.wrap_socket(socket.create_connection((ADDRESSES[server], port), 5), server_hostname=f"{server.value}.example")


def opened(served, server, inside_tls):
    """A connection on which the front page has been asked for."""
    state, plain, secure = served
    connection = secured(state, server, secure) if inside_tls else socket.create_connection((ADDRESSES[server], plain), 5)
    connection.sendall(ASKED.format(server.value).encode())
    return connection


def received(connection, most, seconds=5.0):
    """What comes in until it is enough, the server ends, or time is up."""
    told = b""
    deadline = time.monotonic() + seconds
    while len(told) < most and (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            break
        if not piece:
            break
        told += piece
    return told


@pytest.mark.parametrize("inside_tls", [False, True])
def test_silent_says_nothing(served, inside_tls):
    """The connection stays open without a word."""
    with opened(served, WebServer.SILENT, inside_tls) as connection:
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize("inside_tls", [False, True])
def test_drip_gives_two_octets_a_second(served, inside_tls):
    """The answer begins, and does not get on."""
    with opened(served, WebServer.DRIP, inside_tls) as connection:
        told = received(connection, 100, 2.2)
    assert 3 <= len(told) <= 6
    assert b"HTTP/1.1 200 OK".startswith(told)


@pytest.mark.parametrize("inside_tls", [False, True])
def test_endless_headers_do_not_end(served, inside_tls):
    """After two megabytes the headers are not over."""
    with opened(served, WebServer.ENDLESS_HEADERS, inside_tls) as connection:
        told = received(connection, 2_000_000)
    assert len(told) >= 2_000_000
    assert told.startswith(b"HTTP/1.1 200 OK\r\nX-Endless-")
    assert b"\r\n\r\n" not in told


@pytest.mark.parametrize("inside_tls", [False, True])
def test_huge_body_is_announced_and_sent(served, inside_tls):
    """A gigabyte is promised, and it does come."""
    with opened(served, WebServer.HUGE_BODY, inside_tls) as connection:
        told = received(connection, 3_000_000)
    assert b"Content-Length: 1000000000\r\n" in told
    assert len(told) >= 3_000_000


@pytest.mark.parametrize("inside_tls", [False, True])
def test_chunks_do_not_end(served, inside_tls):
    """The front page has its own headers; after two megabytes of chunks, each with an extension, no last one came."""
    with opened(served, WebServer.ENDLESS_CHUNKS, inside_tls) as connection:
        told = received(connection, 2_000_000)
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert head.count(b"X-Twice: ") == 2
    assert body.startswith(b"1000;meer=")
    assert len(told) >= 2_000_000
    size = body.index(b"\r\n") + 2 + 0x1000 + 2
    assert body[size:].startswith(b"1000;meer=")


@pytest.mark.parametrize("inside_tls", [False, True])
def test_a_bomb_becomes_a_thousand_times_as_large(served, inside_tls):
    """Unasked, the front page is packed: it takes 64 KB on the line."""
    with opened(served, WebServer.BOMB, inside_tls) as connection:
        told = received(connection, 2_000_000)
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert head.count(b"X-Twice: ") == 2
    assert len(body) < 70_000
    assert len(gzip.decompress(body)) == 1 << 26


@pytest.mark.parametrize("server", [WebServer.ENDLESS_CHUNKS, WebServer.BOMB])
def test_their_other_pages_are_good(served, server):
    """Only the front page is odd; what is not there is a plain 404."""
    _, plain, _ = served
    with socket.create_connection((ADDRESSES[server], plain), 5) as connection:
        connection.sendall(f"GET /elders HTTP/1.1\r\nHost: {server.value}.example\r\n\r\n".encode())
        told = received(connection, 10_000)
    assert told.startswith(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n")


@pytest.mark.parametrize("server", [one for one in ODD if one not in INSIDE_TLS])
def test_the_others_know_no_tls(served, server):
    """There is no handshake where the server closes, talks nonsense or plain HTTP."""
    state, _, secure = served
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secured(state, server, secure)


def test_garbage_is_neither_tls_nor_http(served):
    """What comes is no record of TLS and no line of HTTP, and then the connection ends."""
    with opened(served, WebServer.GARBAGE, inside_tls=False) as connection:
        told = received(connection, 10_000)
    assert len(told) == 512
    assert not told.startswith((b"HTTP", b"\x14", b"\x15", b"\x16", b"\x17"))


def test_closes_at_once(served):
    """The connection comes about and ends before anything was asked."""
    _, plain, _ = served
    with socket.create_connection((ADDRESSES[WebServer.CLOSES], plain), 5) as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize("port", [1, 2], ids=["plain port", "port for TLS"])
def test_plain_http_serves_its_pages_whatever_the_port(served, port):
    """The page comes with its own headers, and the connection stays for a second request."""
    with socket.create_connection((ADDRESSES[WebServer.PLAIN_HTTP], served[port]), 5) as connection:
        for _ in range(2):
            connection.sendall(ASKED.format("plain-http").encode())
            head, _, body = received(connection, 10, 1).partition(b"\r\n\r\n")
            assert head.split(b"\r\n")[:4] == [b"HTTP/1.1 200 OK", b"Content-Type: text/plain", b"X-Twice: 1", b"X-Twice: 2"]
            assert body == b"voorpagina"


def test_one_address_cannot_be_two_servers(tmp_path):
    """A plan that contradicts itself is refused."""
    both = tuple(WebListener("x.example", ("127.0.8.9",), 80, None, (), one) for one in (WebServer.SILENT, WebServer.CLOSES))
    with pytest.raises(ValueError, match="cannot be both"):
        odd_web.write(Plan((), both, (), (), ()), tmp_path, datetime.now(UTC))
