# SPDX-License-Identifier: EUPL-1.2
"""The nginx of the lab sends what the plan says, octet for octet, and nothing to who asks for another name or at another address."""

import gzip
import http.client
import os
import re
import socket
import ssl
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lab import pki, web
from lab.plan import GOOD_TLS, Certificate, Page, Plan, WebListener, WebServer

HOST, DIFFERS, NARROW = "www.gemeente-proef.nl", "anders.gemeente-proef.nl", "smal.gemeente-proef.nl"
OLD, WEAK = "oud.gemeente-proef.nl", "zwak.gemeente-proef.nl"
COMPRESSING = "klein.gemeente-proef.nl"
FOUR, SIX, OTHER = "127.0.9.1", "::1", "127.0.9.2"
FIFTH, SIXTH = "127.0.9.5", "127.0.9.6"
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
OLD_TLS = replace(GOOD_TLS, name="old", versions=("TLSv1",), suites="ECDHE+AES+SHA1")
WEAK_TLS = replace(GOOD_TLS, name="weak", suites="DHE+AESGCM", dh="own-1024", early_data=True, tickets=True, extended_master_secret=False)
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
        WebListener(OLD, (FIFTH,), secure, Certificate.GOOD, (Page("/", 200, (TEXT,), "oud"),), tls=OLD_TLS),
        WebListener(WEAK, (SIXTH,), secure, Certificate.RSA_1024, (Page("/", 200, (TEXT,), "zwak"),), tls=WEAK_TLS),
        WebListener(COMPRESSING, (FOUR, SIX), secure, Certificate.GOOD, (Page("/", 200, (HTML,), "ja"),), compresses=True),
    )
    plan = Plan((), listeners, (), (), ())
    for maker in (pki, web):
        maker.write(plan, state, datetime.now(UTC))
    (program,) = web.programs(plan, state)
    process = subprocess.Popen(program.argv, stderr=subprocess.PIPE, env={**os.environ, **dict(program.environment)})
    await_port(secure)
    yield state, plain, secure
    process.terminate()
    said = process.communicate(timeout=10)[1]
    assert (process.returncode, said) == (0, b"")
    # Nothing went wrong but what a test asked for.
    logged = (state / "logs" / "nginx-error.log").read_text(encoding="utf-8").splitlines()
    assert [line for line in logged if "no shared signature algorithms" not in line] == []


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


def answer(connection, host, path, asking=""):
    """Status, headers in order of name, and body of an answer."""
    with connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{asking}\r\n".encode())
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
    ("host", "asking", "expected"),
    [
        (COMPRESSING, "", ([HTML], b"ja")),
        (COMPRESSING, "Accept-Encoding: identity\r\n", ([HTML], b"ja")),
        (COMPRESSING, "Accept-Encoding: br, gzip\r\n", ([("Content-Encoding", "gzip"), HTML, ("Transfer-Encoding", "chunked")], b"ja")),
        (DIFFERS, "Accept-Encoding: br, gzip\r\n", ([TEXT], b"vier")),
    ],
)
def test_only_who_compresses_does_so_and_only_when_asked(served, host, asking, expected):
    """A site compresses when the plan says so, however short the page, for who accepts that."""
    state, _, secure = served
    _, headers, body = answer(connected(state, FOUR, secure, host), host, "/", asking)
    is_compressed = any(name == "Content-Encoding" for name, _ in headers)
    assert (headers, gzip.decompress(body) if is_compressed else body) == expected


@pytest.mark.parametrize(
    ("host", "address"), [("niemand.example", FOUR), ("niemand.example", OTHER), (DIFFERS, OTHER), (NARROW, SIX), (NARROW, OTHER)]
)
def test_the_handshake_is_refused_for_another_name_or_address(served, host, address):
    """What the plan does not have at an address is not there, so that a wrong name or route shows."""
    state, _, secure = served
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        connected(state, address, secure, host)


# What openssl says, for these words, at an address that has another profile of TLS than the rest: by name, and without one.
PROFILES = (
    (FIFTH, OLD, "-tls1", r"New, TLSv1.0, Cipher is ECDHE-ECDSA-AES256-SHA\b"),
    (FIFTH, OLD, "-tls1_2", "unsupported protocol"),
    (SIXTH, WEAK, "-no_tls1_3", "Server Temp Key: DH, 1024 bits"),
    (SIXTH, WEAK, "-no_tls1_3", r"Extended master secret: no\b"),
    (SIXTH, WEAK, "-no_tls1_3", "Server public key is 1024 bit"),
    (SIXTH, WEAK, "-no_tls1_3 -cipher ECDHE", "alert number 40"),
    (SIXTH, WEAK, "-tls1_3 -ign_eof", r"Max Early Data: 16384\b"),
    (FOUR, HOST, "", "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384"),
    (FOUR, HOST, "-no_tls1_3", r"Extended master secret: yes\b"),
    (FOUR, HOST, "-tls1_1", "alert number 70"),
    (FOUR, HOST, "-no_tls1_3 -sigalgs ECDSA+SHA1:ECDSA+SHA224", "alert number 40"),
    (FOUR, HOST, "-tls1_3 -curves P-521:X448", "alert number 40"),
    (FOUR, HOST, "-no_tls1_3 -cipher ECDHE+AES+SHA256:DHE:kRSA", "alert number 40"),
)


@pytest.mark.parametrize(("address", "host", "words", "expected"), PROFILES)
def test_a_profile_holds_at_its_own_address_only(served, address, host, words, expected):
    """Openssl sees what the profile says, though all is one nginx; and the good profile where there is no other."""
    _, _, secure = served
    command = ["openssl", "s_client", "-connect", f"{address}:{secure}", "-servername", host, "-legacy_server_connect", *words.split()]
    liberal = [] if "-cipher" in words else ["-cipher", "DEFAULT:@SECLEVEL=0"]
    asked = f"HEAD / HTTP/1.0\r\nHost: {host}\r\n\r\n" if "-ign_eof" in words else ""
    done = subprocess.run([*command, *liberal], input=asked, capture_output=True, text=True, check=False, timeout=20)
    assert re.search(expected, done.stdout + done.stderr), done.stdout + done.stderr


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
        (WebListener(HOST, (FOUR,), 80, NO_TLS, (), WebServer.DRIP, compresses=True),),
    ],
    ids=[
        "TLS and no TLS on one port",
        "one host twice at an address",
        "a header of nginx's own",
        "two Content-Types",
        "another server that compresses",
    ],
)
def test_what_nginx_cannot_do_is_refused(tmp_path, listeners):
    """A plan that nginx would make something else of is refused before it starts."""
    with pytest.raises(ValueError, match=r"served twice|both with and without TLS|nginx cannot|only nginx"):
        web.write(Plan((), listeners, (), (), ()), tmp_path, datetime.now(UTC))


def test_without_sites_there_is_no_nginx(tmp_path):
    """Listeners of the odd server are not nginx's."""
    listener = WebListener(HOST, (FOUR,), 80, None, (), WebServer.SILENT)
    assert web.programs(Plan((), (listener,), (), (), ()), tmp_path) == []
