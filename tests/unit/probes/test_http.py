# SPDX-License-Identifier: EUPL-1.2
"""What the http probe makes of servers, good, slow and hostile."""

import asyncio
import json

import pytest

from meetlat.model.evidence import Failure, Need
from meetlat.probes import http
from meetlat.probes.http import HttpProbe
from tests.unit.probes.loopback import drip, failure_of, farewell, flood, open_gate, outcome, rupture, serving, silence

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = OK + b"Content-Length: 0\r\n\r\n"
HOUR = b"Strict-Transport-Security: max-age=3600\r\n"


def replying(*replies, then=silence):
    """Answer each request with the next reply, and then do something else."""

    async def script(visit):
        for reply in replies:
            await visit.hear_head()
            await visit.say(reply)
        await then(visit)

    return script


def asked_first(then):
    """Hear the request before misbehaving."""

    async def script(visit):
        await visit.hear_head()
        await then(visit)

    return script


async def fetched(script, path="/"):
    """Fetch one page from a server that follows the script; give what came of it, and the server."""
    async with serving(script) as server:
        need = Need("http", f"http://loopback.test:{server.port}{path}", "127.0.0.1")
        return await outcome(HttpProbe(open_gate()).observe(need)), server


ANSWERS = {
    "headers and a body": (
        OK + HOUR + b"Content-Length: 3\r\n\r\nhoi",
        {"status": 200, "body": "hoi", "body_bytes": 3, "truncated": False},
    ),
    "a redirect, not followed": (
        b"HTTP/1.1 301 Moved\r\nLocation: https://elders.test/\r\nContent-Length: 0\r\n\r\n",
        {"status": 301, "headers": [("location", "https://elders.test/"), ("content-length", "0")]},
    ),
    "two headers of one name, in order": (
        OK + HOUR + b"X: 1\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n",
        {
            "headers": [
                ("strict-transport-security", "max-age=3600"),
                ("x", "1"),
                ("strict-transport-security", "max-age=1"),
                ("content-length", "0"),
            ]
        },
    ),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhoi\r\n2;x=y\r\n!!\r\n0\r\n\r\n", {"body": "hoi!!", "truncated": False}),
    "204 without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", {"status": 204, "body": "", "truncated": False}),
    "304 without a body": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", {"status": 304, "body": "", "truncated": False}),
    "429, which is for us": (b"HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n", {"status": 429, "complete": False}),
    "503, which is for now": (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", {"status": 503, "complete": False}),
    "500, which is an answer": (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", {"status": 500, "complete": True}),
    "100 and 103 before 200": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + EMPTY,
        {"status": 200, "headers": [("content-length", "0")]},
    ),
    "bytes that are no UTF-8": (OK + b"Content-Length: 4\r\n\r\n\xff\x00\xc3\xa9", {"body": "\ufffd\x00é", "body_bytes": 4}),
    "a header in Latin-1": (
        OK + b"Server: caf\xe9 \xff\r\nContent-Length: 0\r\n\r\n",
        {"headers": [("server", "café ÿ"), ("content-length", "0")]},
    ),
    "no reason phrase": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", {"status": 200}),
    "no HTTP port at all, yet a status": (b"HTTP/1.0 404 Weg\r\nContent-Length: 0\r\n\r\n", {"status": 404}),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_is_written_down_as_it_was_given(case, on_loop):
    """Status, headers in order, body and completeness are what the server sent; all of it survives JSON."""
    reply, expected = ANSWERS[case]
    answer, _ = on_loop(fetched(replying(reply)))
    assert {key: answer[key] for key in expected} == expected
    assert json.loads(json.dumps(answer, allow_nan=False))["status"] == answer["status"]
    assert answer["tls"] is None


CLOSING = {
    "HTTP/1.0, ended by closing": (b"HTTP/1.0 200 OK\r\n\r\nhoi", {"status": 200, "body": "hoi", "truncated": False}),
    "shorter than promised": (OK + b"Content-Length: 9\r\n\r\nhoi", {"status": 200, "body": "hoi", "truncated": True}),
    "half a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhoi", {"status": 200, "body": "hoi", "truncated": True}),
    "a chunk that is no number": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhoi\r\nzz\r\n", {"body": "hoi", "truncated": True}),
}


@pytest.mark.parametrize("case", CLOSING)
def test_a_body_that_ends_with_the_connection(case, on_loop):
    """A body that is cut short is marked, and does not undo the status and headers."""
    reply, expected = CLOSING[case]
    answer, _ = on_loop(fetched(replying(reply, then=farewell)))
    assert {key: answer[key] for key in expected} == expected


SLOW_BODIES = {
    "a body that drips": drip(b"x", OK + b"Content-Length: 99999\r\n\r\n"),
    "a body that is endless": flood(b"x" * 4096, OK + b"\r\n"),
    "chunks of one byte without end": flood(b"1\r\nx\r\n" * 500, OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "an endless chunk size": flood(b"0" * 4096, OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "chunk extensions without end": flood(b"1;" + b"x" * 30_000 + b"\r\nx\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "a body that never comes": asked_first(lambda visit: _then_silent(visit, OK + b"Content-Length: 5\r\n\r\n")),
}


async def _then_silent(visit, words):
    """Say something and stay."""
    await visit.say(words)
    await silence(visit)


@pytest.mark.parametrize("case", SLOW_BODIES)
def test_a_body_is_read_only_so_far(case, on_loop, monkeypatch):
    """However long or slow the body, the answer is there, marked as truncated, and small."""
    monkeypatch.setattr(http, "_BODY_SECONDS", 0.1)
    answer, _ = on_loop(fetched(SLOW_BODIES[case]))
    assert (answer["status"], answer["truncated"]) == (200, True)
    assert len(answer["body"]) <= 65_536


def test_a_slow_head_leaves_the_body_its_time(on_loop, monkeypatch):
    """A head that came just in time is not undone by a body that drips past the patience for heads."""
    monkeypatch.setattr(http, "_HEAD_SECONDS", 0.2)
    monkeypatch.setattr(http, "_BODY_SECONDS", 0.2)

    async def script(visit):
        await asyncio.sleep(0.05)
        await drip(b"x", OK + b"Content-Length: 99999\r\n\r\n")(visit)

    answer, _ = on_loop(fetched(script))
    assert (answer["status"], answer["truncated"]) == (200, True)


FAILURES = {
    "closes at once": (farewell, Failure.CLOSED),
    "breaks off at once": (rupture, Failure.CLOSED),
    "closes after the request": (asked_first(farewell), Failure.CLOSED),
    "breaks off after the request": (asked_first(rupture), Failure.CLOSED),
    "closes within the head": (replying(OK + b"Server: x\r\n", then=farewell), Failure.CLOSED),
    "closes after 100 Continue": (replying(b"HTTP/1.1 100 Continue\r\n\r\n", then=farewell), Failure.CLOSED),
    "is silent": (silence, Failure.READ_TIMEOUT),
    "drips its head": (drip(b"x", OK + b"X: "), Failure.READ_TIMEOUT),
    "speaks another protocol": (replying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Failure.MALFORMED),
    "says no status": (replying(b"HTTP/1.1 OK\r\n\r\n"), Failure.MALFORMED),
    "puts a null byte in a header": (replying(OK + b"Server: a\x00b\r\nContent-Length: 0\r\n\r\n"), Failure.MALFORMED),
    "sends a header without a name": (replying(OK + b": x\r\n\r\n"), Failure.MALFORMED),
    "gives two lengths": (replying(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), Failure.MALFORMED),
    "gives a huge length": (replying(OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n"), Failure.MALFORMED),
    "never ends its headers": (flood(b"X: y\r\n" * 100, OK), Failure.TOO_LARGE),
    "never ends one header": (flood(b"y" * 4096, OK + b"X: "), Failure.TOO_LARGE),
    "never ends its status line": (flood(b"y" * 4096, b"HTTP/1.1 200 "), Failure.TOO_LARGE),
    "says 100 Continue without end": (flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 50), Failure.TOO_LARGE),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_server_that_gives_no_answer(case, on_loop, monkeypatch):
    """What went wrong has one name, on either loop; a connection came about, and it says so."""
    script, expected = FAILURES[case]
    if expected is Failure.READ_TIMEOUT:
        monkeypatch.setattr(http, "_HEAD_SECONDS", 0.1)
    failure, _ = on_loop(fetched(script))
    assert failure is expected
    assert failure.reached


def test_nobody_listens(on_loop):
    """A closed port is refused."""

    async def work():
        async with serving(silence) as server:
            port = server.port
        return await failure_of(HttpProbe(open_gate()).observe(Need("http", f"http://loopback.test:{port}/", "127.0.0.1")))

    assert on_loop(work()).failure is Failure.REFUSED


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", b"/"),
        ("?a=b", b"/?a=b"),
        ("/%2e%2e/a;b?c=d&e=%00#fragment", b"/%2e%2e/a;b?c=d&e=%00"),
        ("//dubbel", b"//dubbel"),
    ],
)
def test_what_is_asked(path, target, on_loop):
    """The path goes out as it stands, the host with its port, and who asks says so."""
    _, server = on_loop(fetched(replying(EMPTY), path))
    line, *headers = server.heard[0].split(b"\r\n")
    assert line == b"GET " + target + b" HTTP/1.1"
    assert f"Host: loopback.test:{server.port}".encode() in headers
    assert b"User-Agent: Meetlat (meting open standaarden; https://meetlat.test/)" in headers


UNASKABLE = {
    "a broken IPv6 address": "http://[bad/",
    "a port out of range": "http://a.test:99999/",
    "port zero": "http://a.test:0/",
    "no host": "http:///pad",
    "another scheme": "ftp://a.test/",
    "no address at all": "",
    "only a scheme": "https:",
}


@pytest.mark.parametrize("case", UNASKABLE)
def test_an_address_that_cannot_be_asked_for(case, on_loop):
    """Nobody was asked, so nobody failed: not asked, ours, and no connection is claimed."""
    error = on_loop(failure_of(HttpProbe(open_gate()).observe(Need("http", UNASKABLE[case], "127.0.0.1"))))
    assert error.failure is Failure.NOT_ASKED
    assert not error.failure.reached


@pytest.mark.parametrize("path", ["/met spatie", "/nul\x00", "/é"])
def test_a_path_that_cannot_be_asked_for(path, on_loop):
    """Nothing is sent that could be read as two requests."""
    failure, server = on_loop(fetched(replying(EMPTY), path))
    assert failure is Failure.NOT_ASKED
    assert server.heard in ([], [b""])
