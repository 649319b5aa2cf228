# SPDX-License-Identifier: EUPL-1.2
"""What the smtp probe makes of mail servers, good, slow and hostile."""

import asyncio
import base64
import json

import pytest
from cryptography import x509

from meetlat.model.evidence import Failure, Need
from meetlat.probes import smtp_dialogue
from meetlat.probes.smtp import SmtpProbe
from meetlat.probes.tls import client
from tests.unit.probes.loopback import drip, failure_of, farewell, flood, open_gate, outcome, rupture, serving, silence

BANNER = b"220 mx.loopback.test ESMTP\r\n"
PLAIN = b"250-mx.loopback.test\r\n250 SIZE 1000\r\n"
OFFER = b"250-mx.loopback.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
READY = b"220 go ahead\r\n"


@pytest.fixture
def impatient(monkeypatch):
    """Lose patience soon, for tests that wait until it is lost."""
    for name in ("_BANNER_SECONDS", "_REPLY_SECONDS"):
        monkeypatch.setattr(smtp_dialogue, name, 0.08)
    monkeypatch.setattr(client, "SECONDS", 0.08)


def session(*replies, then=silence):
    """Greet with the first reply, answer each line with the next, and then do something else."""

    async def script(visit):
        await visit.say(replies[0])
        for reply in replies[1:]:
            await visit.hear_line()
            await visit.say(reply)
        await then(visit)

    return script


def upgraded(context, offer=OFFER, ready=READY):
    """Offer STARTTLS, keep the promise, and hear out what comes through TLS."""

    async def then(visit):
        await visit.writer.start_tls(context)
        await visit.hear_line()
        await visit.say(b"221 bye\r\n")

    return session(BANNER, offer, ready, then=then)


async def told_by(script, host="mx.loopback.test"):
    """Have one session with a server that follows the script; give what came of it, and the server."""
    async with serving(script) as server:
        said = await outcome(SmtpProbe(open_gate(), server.port).observe(Need("smtp", "127.0.0.1", host)))
        await asyncio.sleep(0.01)
        return said, server


def test_a_good_server(server_tls, on_loop):
    """Greeting, extensions, STARTTLS, the session with its certificate, and QUIT through TLS."""
    answer, server = on_loop(told_by(upgraded(server_tls)))
    assert answer["complete"] is True
    assert (answer["banner_code"], answer["banner"]) == (220, "mx.loopback.test ESMTP")
    assert (answer["ehlo_code"], answer["extensions"], answer["starttls_code"]) == (250, ["SIZE 1000", "STARTTLS"], 220)
    assert (answer["starttls_failure"], answer["ended_by"]) == ("", "")
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer["tls"]["certificate"]))
    assert (answer["tls"]["version"], certificate.subject.rfc4514_string()) == ("TLS 1.3", "CN=loopback.test")
    assert server.heard == [b"EHLO meetlat.test\r\n", b"STARTTLS\r\n", b"QUIT\r\n"]


def test_an_extension_in_small_letters(server_tls, on_loop):
    """RFC 5321, 2.4: keywords are read without regard to case."""
    answer, _ = on_loop(told_by(upgraded(server_tls, offer=b"250-mx\r\n250 starttls\r\n")))
    assert answer["complete"] is True
    assert answer["tls"] is not None


@pytest.mark.parametrize(
    "host", ["", ".", "*.loopback.test", "a..test", "a" * 64 + ".test", "a." * 150 + "nl", "sp\\032atie.test", "192.0.2.1"]
)
def test_a_host_name_that_sni_cannot_hold(host, server_tls, on_loop):
    """A strange name in an MX record does not stand in the way of the handshake."""
    answer, _ = on_loop(told_by(upgraded(server_tls), host))
    assert answer["tls"] is not None


ANSWERS = {
    "without STARTTLS": (session(BANNER, PLAIN), {"complete": True, "extensions": ["SIZE 1000"], "starttls_code": None, "tls": None}),
    "454 on STARTTLS": (session(BANNER, OFFER, b"454 not now\r\n"), {"complete": False, "starttls_code": 454, "tls": None}),
    "502 on EHLO": (session(BANNER, b"502 what?\r\n"), {"complete": False, "ehlo_code": 502, "extensions": []}),
    "a greeting of 421": (session(b"421 busy\r\n"), {"complete": False, "banner_code": 421, "ehlo_code": None}),
    "a greeting of 554": (session(b"554-no\r\n554 thanks\r\n"), {"complete": False, "banner_code": 554, "banner": "no"}),
    "a greeting of several lines": (session(b"220-one\r\n220-two\r\n220 three\r\n", PLAIN), {"complete": True, "banner": "one"}),
    "a greeting without text": (session(b"220\r\n", PLAIN), {"complete": True, "banner": ""}),
    "a greeting in bytes": (session(b"220 caf\xe9 \xff\x00\r\n", PLAIN), {"banner": "café ÿ\x00"}),
    "lines that end in a bare newline": (session(b"220 mx\n", b"250 mx\n"), {"complete": True, "extensions": []}),
    "a long greeting": (session(b"220 " + b"x" * 1500 + b"\r\n", PLAIN), {"banner": "x" * 200}),
    "closing after the greeting": (session(BANNER, then=farewell), {"complete": False, "banner_code": 220, "ended_by": "closed"}),
    "breaking off after EHLO": (session(BANNER, b"", then=rupture), {"complete": False, "ehlo_code": None, "ended_by": "closed"}),
    "silence after EHLO": (session(BANNER, b""), {"complete": False, "ended_by": "read-timeout"}),
    "nonsense after EHLO": (session(BANNER, b"hallo\r\n"), {"complete": False, "ended_by": "malformed"}),
    "extensions without end": (
        session(BANNER, b"", then=flood(b"250-X\r\n" * 20)),
        {"complete": False, "ehlo_code": None, "ended_by": "too-large"},
    ),
    "silence after STARTTLS": (session(BANNER, OFFER, b""), {"complete": False, "starttls_code": None, "ended_by": "read-timeout"}),
    "closing after 220": (session(BANNER, OFFER, READY, then=farewell), {"complete": False, "starttls_failure": "tls-closed", "tls": None}),
    "silence after 220": (session(BANNER, OFFER, READY), {"complete": False, "starttls_failure": "tls-timeout", "tls": None}),
    "breaking off after 220": (session(BANNER, OFFER, READY, then=rupture), {"starttls_failure": "tls-closed"}),
    "a second 220 at once": (session(BANNER, OFFER, READY + b"220 injected\r\n"), {"starttls_failure": "tls-not-spoken", "tls": None}),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_how_far_a_session_came(case, on_loop, request):
    """After a greeting everything is an answer, however it ended; what is not settled deserves a second look."""
    script, expected = ANSWERS[case]
    if "silence" in case:
        request.getfixturevalue("impatient")
    answer, _ = on_loop(told_by(script))
    assert {key: answer[key] for key in expected} == expected
    assert json.loads(json.dumps(answer, allow_nan=False))["banner"] == answer["banner"]


def test_nonsense_instead_of_a_handshake(on_loop):
    """A server that goes on in plain text after 220 does not speak TLS."""

    async def then(visit):
        await visit.reader.read(1)
        await visit.say(b"250 still plain\r\n" * 10)
        await silence(visit)

    answer, _ = on_loop(told_by(session(BANNER, OFFER, READY, then=then)))
    assert (answer["starttls_failure"], answer["tls"]) == ("tls-not-spoken", None)


def test_words_put_in_before_the_handshake_are_refused(server_tls, on_loop):
    """CVE-2011-0411: what comes in the clear behind the 220 is never taken for the start of the encrypted session."""
    script = upgraded(server_tls, ready=READY + b"250 injected\r\n")
    answer, server = on_loop(told_by(script))
    assert (answer["starttls_failure"], answer["tls"], answer["complete"]) == ("tls-not-spoken", None, False)
    assert server.heard[:2] == [b"EHLO meetlat.test\r\n", b"STARTTLS\r\n"]


FAILURES = {
    "closes at once": (farewell, Failure.CLOSED),
    "breaks off at once": (rupture, Failure.CLOSED),
    "is silent": (silence, Failure.READ_TIMEOUT),
    "drips a line without end": (drip(b"x", b"220 "), Failure.READ_TIMEOUT),
    "drips lines without end": (drip(b"220-x\r\n"), Failure.READ_TIMEOUT),
    "says lines without end": (flood(b"220-x\r\n" * 20), Failure.TOO_LARGE),
    "says a line that is too long": (session(b"220 " + b"x" * 5000 + b"\r\n"), Failure.TOO_LARGE),
    "says a line without end": (flood(b"x" * 4096, b"220 "), Failure.TOO_LARGE),
    "greets without a code": (session(b"hallo\r\n"), Failure.MALFORMED),
    "greets with a code that is none": (session(b"999 hallo\r\n"), Failure.MALFORMED),
    "greets with an empty line": (session(b"\r\n"), Failure.MALFORMED),
    "speaks HTTP": (session(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Failure.MALFORMED),
    "closes within its greeting": (session(b"220 mx.loop", then=farewell), Failure.CLOSED),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_server_that_never_greets(case, on_loop, request):
    """Without a whole greeting there is no answer; the connection came about, and the failure says so."""
    script, expected = FAILURES[case]
    if expected is Failure.READ_TIMEOUT:
        request.getfixturevalue("impatient")
    failure, _ = on_loop(told_by(script))
    assert failure is expected
    assert failure.reached


def test_nobody_listens(on_loop):
    """A closed port is refused."""

    async def work():
        async with serving(silence) as server:
            port = server.port
        return await failure_of(SmtpProbe(open_gate(), port).observe(Need("smtp", "127.0.0.1", "mx.loopback.test")))

    assert on_loop(work()).failure is Failure.REFUSED


@pytest.mark.parametrize("script", [session(BANNER, PLAIN), session(b"554 no\r\n"), session(BANNER, OFFER, b"454 no\r\n")])
def test_we_take_our_leave(script, on_loop):
    """QUIT is the last thing that a server hears of us, also when it sent us away."""
    _, server = on_loop(told_by(script))
    assert server.heard[-1] == b"QUIT\r\n"


def test_one_session_at_a_time(server_tls, on_loop):
    """Mail servers count connections: an address gets one, and the next only when that is gone."""

    async def work():
        async with serving(upgraded(server_tls)) as server:
            probe = SmtpProbe(open_gate(), server.port)
            await asyncio.gather(*(probe.observe(Need("smtp", "127.0.0.1", f"mx{number}.test")) for number in range(4)))
            return server.accepted, server.open_at_most

    assert on_loop(work()) == (4, 1)


def test_a_session_that_is_given_up(server_tls, on_loop):
    """Cancelling leaves no socket, no task, and no place at the gate taken."""

    async def work():
        async with serving(silence) as silent, serving(upgraded(server_tls)) as good:
            gate = open_gate()
            asking = asyncio.create_task(SmtpProbe(gate, silent.port).observe(Need("smtp", "127.0.0.1", "mx.test")))
            while not silent.accepted:
                await asyncio.sleep(0.005)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return (await SmtpProbe(gate, good.port).observe(Need("smtp", "127.0.0.1", "mx.test")))["complete"]

    assert on_loop(work())
