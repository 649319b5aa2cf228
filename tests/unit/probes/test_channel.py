# SPDX-License-Identifier: EUPL-1.2
"""Lines over a channel, and the replies of a mail server made of them, from pieces of any size."""

import asyncio
import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.model.evidence import Failure
from meetlat.probes.channel import Lines, receive_octets
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.smtp_dialogue import SmtpDialogue
from tests.unit.probes.loopback import failure_of, open_gate, serving, silence


class Told:
    """A channel that says some pieces and closes."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.heard = b""

    async def send(self, content):
        """Keep what is sent."""
        self.heard += content

    async def receive(self):
        """Give the next piece."""
        return self.pieces.pop(0) if self.pieces else b""

    async def close(self):
        """Take leave."""


def _cut(content, size):
    """Cut into pieces."""
    return [content[at : at + size] for at in range(0, len(content), size)]


@given(st.lists(st.text("ab \r", max_size=20)), st.binary(max_size=20).filter(lambda rest: b"\n" not in rest), st.integers(1, 50))
def test_lines_are_what_lies_between_their_ends(lines, rest, size):
    """However the network cuts them up, each line comes whole, in order; what is left is told when the other side closes."""
    content = "".join(f"{line}\n" for line in lines).encode() + rest
    reader = Lines(Told(*_cut(content, size)))

    async def work():
        for line in lines:
            assert await reader.next() == f"{line}\n".encode()
        assert reader.early in content
        error = await failure_of(reader.next())
        assert (error.failure, error.detail) == (Failure.CLOSED, rest.decode("latin-1"))

    asyncio.run(work())


@pytest.mark.parametrize("words", [b"x" * 3_000, b"x" * 3_000 + b"\n", b"x" * 2_048 + b"\n"])
@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_a_line_that_is_too_long(words, size):
    """It is refused, whether or not its end is there."""
    error = asyncio.run(failure_of(Lines(Told(*_cut(words, size))).next()))
    assert error.failure is (Failure.TOO_LARGE)


def test_the_longest_line():
    """Exactly so long is still a line."""
    words = b"x" * 2_047 + b"\n"
    assert asyncio.run(Lines(Told(words)).next()) == words


def test_what_came_behind_a_line_is_kept(run):
    """What the server said too early is there to be refused."""
    lines = Lines(Told(b"220 go\r\nEARLY"))
    assert run(lines.next()) == b"220 go\r\n"
    assert lines.early == b"EARLY"


@settings(max_examples=300)
@given(
    st.binary(max_size=300) | st.lists(st.sampled_from([b"220", b"250-", b"250 ", b"\r\n", b"\n", b"-", b" ", b"x" * 500])).map(b"".join),
    st.integers(1, 300),
)
def test_a_hostile_reply(content, size):
    """A code with lines, or NoAnswerError; never more lines than so many."""

    async def work():
        dialogue = SmtpDialogue(Told(*_cut(content, size)))
        while True:
            code, lines = await dialogue.greeting()
            assert 200 <= code <= 599
            assert 1 <= len(lines) <= 100

    with pytest.raises(NoAnswerError) as raised:
        asyncio.run(work())
    assert raised.value.failure in {Failure.CLOSED, Failure.MALFORMED, Failure.TOO_LARGE}


def test_more_lines_than_anyone_has():
    """An endless reply has an end."""
    dialogue = SmtpDialogue(Told(*[b"250-more\r\n"] * 200))
    assert asyncio.run(failure_of(dialogue.greeting())).failure is Failure.TOO_LARGE


STEPS = {
    "a refusal in the greeting": (b"554 go away\r\n", "554 go away"),
    "a refusal of EHLO": (b"220 mx\r\n500 what?\r\n", "500 what?"),
    "a refusal of STARTTLS": (b"220 mx\r\n250 ok\r\n454 not now\r\n", "454 not now"),
}


@pytest.mark.parametrize("case", STEPS)
def test_a_server_that_does_not_let_us_as_far_as_tls(case):
    """Which code it gave instead is told."""
    words, said = STEPS[case]
    error = asyncio.run(failure_of(SmtpDialogue(Told(words)).begin_tls("meetlat.test")))
    assert (error.failure, error.detail) == (Failure.CLOSED, said)


def test_words_before_the_handshake():
    """CVE-2011-0411: what was put in behind the 220 is never read as if it came through TLS."""
    error = asyncio.run(failure_of(SmtpDialogue(Told(b"220 mx\r\n250 ok\r\n220 go\r\n250 injected\r\n")).begin_tls("meetlat.test")))
    assert error.failure is Failure.TLS_NOT_SPOKEN
    assert "injected" in error.detail


def test_a_plain_channel(on_loop):
    """What is sent is heard, what is said is received, and closing is heard too."""

    async def script(visit):
        await visit.say(await visit.hear_line())
        await visit.hear_end()

    async def work():
        async with serving(script) as server:
            async with open_gate().connection("127.0.0.1", server.port) as channel:
                await channel.send(b"hoi\n")
                assert await channel.receive() == b"hoi\n"
                await channel.close()
                assert await channel.receive() == b""
            return server.heard

    assert on_loop(work()) == [b"hoi\n", b""]


def test_closing_twice(on_loop):
    """Taking leave of who is gone already raises nothing; who goes on talking is told."""

    async def work():
        async with serving(silence) as server, open_gate().connection("127.0.0.1", server.port) as channel:
            await channel.close()
            channel.end()
            await channel.close()
            channel.end()
            with pytest.raises(OSError, match="closed"):
                await channel.send(b"hoi\n")

    on_loop(work())


def test_what_nobody_takes_out(on_loop):
    """Whoever sends without end fills no more than so much of our memory, and everything comes through in the end."""

    async def work():
        async def script(visit):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    await visit.say(*[b"x" * 100_000] * 200)
            blocked.set()
            visit.writer.close()

        blocked = asyncio.Event()
        async with serving(script) as server, open_gate().connection("127.0.0.1", server.port) as channel:
            await blocked.wait()
            kept = len(channel._received)  # noqa: SLF001 - what is kept is what this is about
            total = 0
            while piece := await channel.receive():
                assert len(piece) <= 16_384
                total += len(piece)
        return kept, total

    kept, total = on_loop(work())
    assert 65_536 < kept < 1_000_000
    assert total > kept


def test_a_connection_that_is_broken_off(on_loop):
    """What came before is still received; then the reset is raised, and again to who tries to send."""

    async def work():
        async def script(visit):
            await visit.say(b"hoi")
            await asyncio.sleep(0.02)
            reset(visit.writer)

        async with serving(script) as server, open_gate().connection("127.0.0.1", server.port) as channel:
            await asyncio.sleep(0.06)
            first = await channel.receive()
            for again in (channel.receive(), channel.send(b"x")):
                with pytest.raises(ConnectionResetError):
                    await again
            return first

    assert on_loop(work()) == b"hoi"


def reset(writer):
    """Close with a reset: nothing lingers (SO_LINGER of zero seconds)."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@given(st.binary(max_size=50), st.lists(st.integers(0, 9), max_size=9), st.integers(1, 9))
def test_octets_of_any_cut(content, sizes, cut):
    """So many octets as were asked for, in order; and an end that came too early is told."""
    reader, received = Told(*_cut(content, cut)), bytearray()

    async def work():
        at = 0
        for size in sizes:
            if at + size > len(content):
                with pytest.raises(EOFError):
                    await receive_octets(reader, size, received)
                return
            assert await receive_octets(reader, size, received) == content[at : at + size]
            at += size

    asyncio.run(work())
