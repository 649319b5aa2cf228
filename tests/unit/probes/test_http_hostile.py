# SPDX-License-Identifier: EUPL-1.2
"""The HTTP reader and bytes that no server should send: an answer within our bounds, or a failure of a known name."""

import asyncio
import json

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.probes import http
from meetlat.probes.failing import NoAnswerError
from tests.unit.probes.test_channel import Told

WORDS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 301 \r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 3, 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Connection: close\r\n",
    b"X: \xff\xfe\r\n",
    b" folded\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"\x00",
    b"x" * 9_000,
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.binary(max_size=40), max_size=25).map(b"".join), st.integers(1, 5_000))
def test_random_answers_are_never_a_crash(content, size):
    """Whatever comes over the line: what is kept is bounded and can be written down."""
    connection = http._Connection(Told(*(content[at : at + size] for at in range(0, len(content), size))))  # noqa: SLF001 - without a network
    connection.protocol.send(h11.Request(method="GET", target="/", headers=[("Host", "a.test")]))
    connection.protocol.send(h11.EndOfMessage())

    async def work():
        response = await http._read_head(connection)  # noqa: SLF001 - idem
        body, is_whole = await http._read_body(connection)  # noqa: SLF001 - idem
        return http._told(response, body, is_whole, None)  # noqa: SLF001 - idem

    try:
        told = asyncio.run(work())
    except (NoAnswerError, h11.RemoteProtocolError):  # the probe makes a failure of both
        return
    assert 200 <= told["status"] <= 999
    assert len(told["body"]) <= 65_536
    assert len(told["headers"]) <= 200
    assert all(len(value) <= 8_192 for _, value in told["headers"])
    json.dumps(told).encode()


def test_more_headers_than_are_kept():
    """Of many headers only the first are kept, each up to a length: what was cut off can be seen to be."""
    answer = h11.Response(status_code=200, headers=[(f"X{number}", "y" * 9_000) for number in range(300)])
    told = http._told(answer, b"", True, None)  # noqa: SLF001, FBT003 - the writing down, without a network
    assert len(told["headers"]) == 200
    assert {len(value) for _, value in told["headers"]} == {8_192}


@pytest.mark.parametrize("size", [65_536, 65_537, 200_000])
def test_a_body_of_more_than_is_kept(size):
    """At most 64 KiB is kept, in octets as they came."""
    told = http._told(h11.Response(status_code=200, headers=[]), b"\xff" * size, False, None)  # noqa: SLF001, FBT003 - idem
    assert len(told["body"]) == 65_536
