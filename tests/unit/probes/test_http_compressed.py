# SPDX-License-Identifier: EUPL-1.2
"""The http_compressed probe lets a server compress, and keeps nothing of what comes of it but the head."""

import asyncio
import gzip
import json
import tracemalloc
import zlib

import pytest

from meetlat.model.evidence import Failure, Need
from meetlat.probes import http
from meetlat.probes.http import CompressedProbe, HttpProbe
from tests.unit.probes.loopback import flood, open_gate, outcome, serving, silence

OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(10_000_000))


def _compressed(body, encoding=b"gzip"):
    """Write an answer with a compressed body."""
    return OK + b"Content-Encoding: " + encoding + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


def saying(*answers):
    """Answer each request with the next answer, and stay."""

    async def script(visit):
        for answer in answers:
            await visit.hear_head()
            await visit.say(answer)
        await silence(visit)

    return script


async def fetched(script, kinds=("http_compressed",)):
    """Ask for the same page in all these ways at once; give what came of it, and the server."""
    async with serving(script) as server:
        plain = HttpProbe(open_gate())
        probes = {"http": plain, "http_compressed": CompressedProbe(plain)}
        needs = [Need(kind, f"http://loopback.test:{server.port}/", "127.0.0.1") for kind in kinds]
        return await asyncio.gather(*(outcome(probes[need.kind].observe(need)) for need in needs)), server


def test_what_is_asked_and_kept(on_loop):
    """It asks for what browsers ask for; the headers are kept, the body is not."""
    (answer,), server = on_loop(fetched(saying(_compressed(gzip.compress(b"hoi")))))
    assert b"Accept-Encoding: gzip, deflate, br, zstd, compress\r\n" in server.heard[0]
    assert (answer["status"], answer["body"], answer["body_bytes"], answer["truncated"]) == (200, "", 0, False)
    assert ("content-encoding", "gzip") in answer["headers"]
    assert json.loads(json.dumps(answer))["status"] == 200


def test_both_ways_share_a_connection(on_loop):
    """Plain and compressed are two questions to one server: each has its own answer, over one connection."""
    answers = saying(OK + b"Content-Length: 3\r\n\r\nhoi", _compressed(gzip.compress(b"hoi")))
    (plain, compressed), server = on_loop(fetched(answers, ("http", "http_compressed")))
    assert (plain["body"], compressed["body"], server.accepted) == ("hoi", "", 1)
    assert [b"Accept-Encoding: identity\r\n" in head for head in server.heard[:2]] == [True, False]


BODIES = {
    "a bomb": _compressed(BOMB),
    "a bomb that is too long to read": _compressed(BOMB * 20),
    "what is no gzip": _compressed(b"no gzip at all"),
    "an encoding that nobody knows": _compressed(b"?", b"made-up"),
    "a bomb in chunks": OK
    + b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"%x\r\n" % len(BOMB)
    + BOMB
    + b"\r\n0\r\n\r\n",
    "a bomb within a bomb": _compressed(zlib.compress(BOMB), b"deflate, gzip"),
}


@pytest.mark.parametrize("case", BODIES)
def test_nothing_is_ever_decompressed(case, run):
    """However much a body would become, it stays what came over the line, and not even that is kept."""
    tracemalloc.start()
    try:
        (answer,), _ = run(fetched(saying(BODIES[case])))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer["status"], answer["body"], answer["body_bytes"]) == (200, "", 0)
    assert peak < 4_000_000


def test_an_endless_compressed_body(on_loop, monkeypatch):
    """It is read only so far, and the head stays an answer."""
    monkeypatch.setattr(http, "_BODY_SECONDS", 0.5)

    async def script(visit):
        await visit.hear_head()
        await flood(BOMB, OK + b"Content-Encoding: gzip\r\n\r\n")(visit)

    (answer,), _ = on_loop(fetched(script))
    assert (answer["status"], answer["body"], answer["truncated"]) == (200, "", True)


def test_a_server_that_gives_no_answer(on_loop):
    """Failures are those of the other probe."""

    async def script(visit):
        await visit.hear_head()
        await visit.say(b"SSH-2.0\r\n\r\n")

    (failure,), _ = on_loop(fetched(script))
    assert failure is Failure.MALFORMED
