# SPDX-License-Identifier: EUPL-1.2
"""A session that another probe made tells the same as one of the TLS probe, and saves a connection."""

import pytest

from meetlat.model.evidence import Need
from meetlat.probes.http import HttpProbe
from meetlat.probes.smtp import SmtpProbe
from meetlat.probes.tls.made_sessions import MadeSessions
from meetlat.probes.tls.probe import TlsProbe
from tests.unit.probes.loopback import open_gate, serving
from tests.unit.probes.tls.peers import server_context

HOST = "loopback.test"


async def answering(visit):
    """Answer one request with an empty page, and greet nobody."""
    await visit.hear_head()
    await visit.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def receiving(context, visit):
    """Receive mail, as far as QUIT."""
    await visit.say(b"220 mx ESMTP\r\n")
    await visit.hear_line()
    await visit.say(b"250-mx\r\n250 STARTTLS\r\n")
    await visit.hear_line()
    await visit.say(b"220 go\r\n")
    await visit.writer.start_tls(context)
    await visit.hear_line()
    await visit.say(b"221 bye\r\n")


async def examined(context, kind, made, *, first=True, thorough=False):
    """Let the page or the mail server be asked first, then its TLS; return what the TLS probe says."""
    is_mail = kind == "tls_smtp"
    gate = open_gate(per_mail_address=10_000, per_mail_address_burst=10_000)
    script = (lambda visit: receiving(context, visit)) if is_mail else answering
    async with serving(script, None if is_mail else context) as server:
        if first and is_mail:
            await SmtpProbe(gate, server.port, made).observe(Need("smtp", "127.0.0.1", HOST))
        elif first:
            await HttpProbe(gate, made).observe(Need("http", f"https://{HOST}:{server.port}/", "127.0.0.1"))
        probe = TlsProbe(gate, None, kind, thorough=thorough, port=server.port, made=made)
        return await probe.observe(Need(kind, "127.0.0.1", HOST))


def without_count(answer):
    """Leave out how many connections it took."""
    return {name: value for name, value in answer.items() if name not in {"connections", "staple"}}


@pytest.mark.parametrize("kind", ["tls", "tls_smtp"])
def test_the_same_facts_for_one_connection_less(authority, kind, run):
    """All that the TLS probe says is the same as when it makes its own session."""
    context = server_context(authority.issue("p256"))
    made = MadeSessions()
    shared, own = run(examined(context, kind, made)), run(examined(context, kind, MadeSessions(), first=False))
    assert without_count(shared) == without_count(own)
    assert shared["connections"] == own["connections"] - 1
    assert (shared["handshake"]["completed"], shared["handshake"]["proved"], shared["handshake"]["version"]) == (True, True, TLS13)
    assert made.take("127.0.0.1", 0, HOST) is None


TLS13 = "0304"
NOT_GOOD_ENOUGH = {
    "TLS 1.2, for that is negotiated again on": {"version": 0x0303},
    "a server that gave no ticket, so that nothing is known of early data": {"tickets": 0},
    "a thorough examination, which shows what a browser gets": {"thorough": True},
}


@pytest.mark.parametrize("case", NOT_GOOD_ENOUGH)
def test_a_session_that_does_not_tell_enough(authority, case, run):
    """The TLS probe makes its own, as if there had been no other."""
    how = NOT_GOOD_ENOUGH[case]
    context = server_context(authority.issue("p256"), how.get("version"))
    context.num_tickets = how.get("tickets", 2)
    thorough = how.get("thorough", False)
    after = run(examined(context, "tls", MadeSessions(), thorough=thorough))
    alone = run(examined(context, "tls", MadeSessions(), first=False, thorough=thorough))
    assert after["connections"] == alone["connections"]


def test_each_session_is_given_once(authority, run):
    """Whoever comes second makes a session of its own; and a session at another address, port or name is another's."""
    made = MadeSessions()

    async def work():
        context = server_context(authority.issue("p256"))
        async with serving(answering, context) as server:
            await HttpProbe(open_gate(), made).observe(Need("http", f"https://{HOST}:{server.port}/", "127.0.0.1"))
            return [made.take(*place) is not None for place in _places(server.port)]

    assert run(work()) == [False, False, False, True, False]


def _places(port):
    """Return other places, the right one, and the right one again."""
    right = ("127.0.0.1", port, HOST)
    return ("127.0.0.2", port, HOST), ("127.0.0.1", port + 1, HOST), ("127.0.0.1", port, "b.test"), right, right


def test_nobody_comes_for_them(authority, run, monkeypatch):
    """The one that was made first leaves when there are too many."""
    monkeypatch.setattr("meetlat.probes.tls.made_sessions._MOST", 2)
    made = MadeSessions()

    async def work():
        context = server_context(authority.issue("p256"))
        async with serving(answering, context) as server:
            for host in ("a.test", "b.test", "c.test"):
                await HttpProbe(open_gate(), made).observe(Need("http", f"https://{host}:{server.port}/", "127.0.0.1"))
            return [made.take("127.0.0.1", server.port, host) is not None for host in ("a.test", "b.test", "c.test")]

    assert run(work()) == [False, True, True]
