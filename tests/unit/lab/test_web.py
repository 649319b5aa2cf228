# SPDX-License-Identifier: EUPL-1.2
"""The nginx of the lab sends what the plan says, octet for octet, and nothing to who asks for another name or at another address."""

import http.client
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime

import pytest

from lab import pki, web
from lab.plan import Certificate, Page, Plan, WebListener, WebServer

HOST, DIFFERS, NARROW = "www.gemeente-proef.nl", "anders.gemeente-proef.nl", "smal.gemeente-proef.nl"
FOUR, SIX, OTHER = "127.0.9.1", "::1", "127.0.9.2"
HTML, TEXT = ("Content-Type", "text/html; charset=utf-8"), ("Content-Type", "text/plain")
PAGES = (
    Page("/", 200, (HTML, ("Strict-Transport-Security", "max-age=60"), ("Strict-Transport-Security", "max-age=9")), "<h1>Één</h1>"),
    Page("/kind-of-its-own", 200, (("Content-Type", "application/octet-stream"),), "x"),
    Page("/no-type", 200, (), "x"),
    Page("/signs", 200, (TEXT, ("X-Signs", 'a"b\\c; {d} # e')), "# \"q\" 'p' \\n {};\t\r\nend\n"),
    Page("/not-found", 404, (TEXT,), "weg"),
    Page("/redirect", 301, (("Location", "https://elders.example/"),)),
)
# What nginx, left to itself, makes something else of.
STUBBORN = (
    Page("/dollar", 200, (TEXT, ("X-Dollar", "$host ${host}")), "$5 for $uri"),
    Page("/relative", 302, (("Location", "/elders"),)),
    Page("/redirect-with-body", 307, (("Location", "https://elders.example/"), TEXT), "hier"),
    Page("/two-locations", 302, (("Location", "https://a.example/"), ("Location", "https://b.example/"))),
    Page("/redirect-to-nowhere", 301, (TEXT,), "weg"),
    Page("/created", 201, (("Location", "https://a.example/"), TEXT), "x"),
    Page("/empty-not-found", 404, (TEXT,)),
    Page("/empty-header", 200, (TEXT, ("Strict-Transport-Security", "")), "x"),
    Page("/large", 200, (TEXT,), "€$" * 9000),
    Page("/large-not-found", 404, (TEXT,), "b" * 9000),
    Page("/at-the-limit", 200, (TEXT,), '"' * 1750),
)
NOT_OF_THE_PLAN = {"Server", "Date", "Connection", "Content-Length"}


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A state folder and the two ports (without and with TLS) of a running nginx."""
    state = tmp_path_factory.mktemp("a state")
    plain, secure = free_port(), free_port()
    listeners = (
        WebListener(HOST, (FOUR, SIX), plain, None, (Page("*", 301, (("Location", f"https://{HOST}/"),)),)),
        WebListener(HOST, (FOUR, SIX), secure, Certificate.GOOD, (*PAGES, *STUBBORN)),
        WebListener(DIFFERS, (FOUR,), secure, Certificate.GOOD, (Page("/", 200, (TEXT,), "vier"),)),
        WebListener(DIFFERS, (SIX,), secure, Certificate.GOOD, (Page("/", 404, (TEXT,), "zes"),)),
        WebListener(NARROW, (FOUR, SIX), plain, None, (Page("/", 200, (TEXT,), "beide"),)),
        WebListener(NARROW, (FOUR,), secure, Certificate.GOOD, (Page("/", 200, (TEXT,), "alleen vier"),)),
    )
    plan = Plan((), listeners, (), (), ())
    for maker in (pki, web):
        maker.write(plan, state, datetime.now(UTC))
    (program,) = web.programs(plan, state)
    process = subprocess.Popen(program.argv, stderr=subprocess.PIPE)
    await_port(secure)
    yield state, plain, secure
    process.terminate()
    said = process.communicate(timeout=10)[1]
    assert (process.returncode, said) == (0, b"")
    assert (state / "logs" / "nginx-error.log").read_text(encoding="utf-8") == ""


def await_port(port):
    """Wait until somebody listens."""
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection((FOUR, port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "nginx did not start"
            time.sleep(0.05)
        else:
            return


def connected(state, address, port, host):
    """A connection inside TLS, with everything verified as strictly as OpenSSL can."""
    context = ssl.create_default_context(cafile=state / "ca.pem")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context.wrap_socket(socket.create_connection((address, port), 5), server_hostname=host)


def answer(connection, host, path):
    """Status, headers in order of name, and body of an answer."""
    with connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        headers = sorted((name, value) for name, value in response.getheaders() if name not in NOT_OF_THE_PLAN)
        return response.status, headers, response.read()


@pytest.mark.parametrize("address", [FOUR, SIX])
@pytest.mark.parametrize("page", [*PAGES, *STUBBORN], ids=lambda page: page.path)
def test_a_page_is_what_the_plan_says(served, address, page):
    """Status, every header, and body are those of the plan, and no header is added."""
    state, _, secure = served
    expected = (page.status, sorted(page.headers), page.body.encode())
    assert answer(connected(state, address, secure, HOST), HOST, page.path) == expected


def test_the_page_for_every_path_is_found_at_any(served):
    """Path ``*`` answers whatever has no page of its own."""
    _, plain, _ = served
    expected = (301, [("Location", f"https://{HOST}/")], b"")
    assert answer(socket.create_connection((SIX, plain), 5), HOST, "/what?ever") == expected


def test_a_path_without_page_is_not_found(served):
    """Without a page for every path, nginx says 404."""
    state, _, secure = served
    assert answer(connected(state, FOUR, secure, HOST), HOST, "/nergens")[0] == 404


@pytest.mark.parametrize(("address", "expected"), [(FOUR, (200, b"vier")), (SIX, (404, b"zes"))])
def test_a_site_may_differ_by_address(served, address, expected):
    """Over IPv6 the same name and port may have other pages."""
    state, _, secure = served
    status, _, body = answer(connected(state, address, secure, DIFFERS), DIFFERS, "/")
    assert (status, body) == expected


@pytest.mark.parametrize(
    ("host", "address"), [("niemand.example", FOUR), ("niemand.example", OTHER), (DIFFERS, OTHER), (NARROW, SIX), (NARROW, OTHER)]
)
def test_the_handshake_is_refused_for_another_name_or_address(served, host, address):
    """What the plan does not have at an address is not there, so that a wrong name or route shows."""
    state, _, secure = served
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        connected(state, address, secure, host)


def test_plain_http_for_another_name_is_closed_without_a_word(served):
    """An unknown name gets no answer."""
    _, plain, _ = served
    with socket.create_connection((FOUR, plain), 5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: niemand.example\r\n\r\n")
        assert connection.recv(1) == b""


def test_a_connection_is_kept(served):
    """Two requests go over one connection."""
    state, _, secure = served
    with connected(state, FOUR, secure, HOST) as connection:
        for path in ("/", "/redirect-with-body"):
            connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 ")


TLS, NO_TLS = Certificate.GOOD, None


@pytest.mark.parametrize(
    "listeners",
    [
        (WebListener(HOST, (FOUR,), 443, TLS, ()), WebListener(DIFFERS, (FOUR,), 443, NO_TLS, ())),
        (WebListener(HOST, (SIX,), 443, TLS, ()), WebListener(HOST, ("0:0:0:0:0:0:0:1", FOUR), 443, TLS, ())),
        (WebListener(HOST, (FOUR,), 80, NO_TLS, (Page("/", 200, (("Server", "x"),)),)),),
        (WebListener(HOST, (FOUR,), 80, NO_TLS, (Page("/", 200, (HTML, TEXT)),)),),
    ],
    ids=["TLS and no TLS on one port", "one host twice at an address", "a header of nginx's own", "two Content-Types"],
)
def test_what_nginx_cannot_do_is_refused(tmp_path, listeners):
    """A plan that nginx would make something else of is refused before it starts."""
    with pytest.raises(ValueError, match=r"served twice|both with and without TLS|nginx cannot"):
        web.write(Plan((), listeners, (), (), ()), tmp_path, datetime.now(UTC))


def test_without_sites_there_is_no_nginx(tmp_path):
    """Listeners of the odd server are not nginx's."""
    listener = WebListener(HOST, (FOUR,), 80, None, (), WebServer.SILENT)
    assert web.programs(Plan((), (listener,), (), (), ()), tmp_path) == []
