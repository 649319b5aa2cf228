# SPDX-License-Identifier: EUPL-1.2
"""When a reply is an answer, when it is a refusal to answer, and when it is time to stop asking."""

import json
from collections import Counter

import pytest

from meetlat.model.evidence import Cause, Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls import conversation
from meetlat.probes.tls.conversation import UNSETTLED, Conversation, StoppedError, failure_of
from meetlat.probes.tls.exchange import SLOW, Patience
from meetlat.probes.tls.flight import Came, Reply
from meetlat.probes.tls.hello import Offer
from tests.unit.probes.loopback import drip, flood, open_gate, rupture, serving
from tests.unit.probes.tls.hellos import alert, flight12, handshake, hello_retry, read_hello, record, server_hello, ssl2_server_hello
from tests.unit.probes.tls.peers import RESET, SILENCE, PortDoor, ScriptedDoor

GOOD = Offer((0x0303,), (0x002F,))
STRANGE = Offer((0x0303,), (0x0001,))
NEVER, HELLO = b"", flight12(0x2F)
SOON = Patience(idle_seconds=0.03, flight_seconds=1, connections=12, total_seconds=5)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """Wait for nothing between two tries."""
    monkeypatch.setattr(conversation, "_BACK_OFF_SECONDS", (0.0, 0.0, 0.0))


def by_suite(**answers):
    """Answer by the first suite that is offered; a list is used up, and its last stays."""
    seen = Counter()

    def behave(hello):
        name = f"s{read_hello(hello).suites[0]:04x}"
        answer = answers[name]
        if not isinstance(answer, list):
            return answer
        seen[name] += 1
        return answer[min(seen[name], len(answer)) - 1]

    return behave


async def _asked(behave, offer=STRANGE, patience=SOON, *, control=GOOD):
    """Ask once, of a server that is known to take the control; return the reply and the conversation."""
    talk = Conversation(ScriptedDoor(behave), patience)
    talk.control = control
    return await talk.ask(offer), talk


ANSWERS = {
    "a server hello": (HELLO, Came.SERVER_HELLO),
    "a hello retry request": (handshake(hello_retry(0x1301, 0x17)), Came.HELLO_RETRY),
    **{f"alert {number}": (alert(number), Came.ALERT) for number in (40, 47, 70, 71, 86, 109, 110, 120)},
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_needs_no_second_question(case, run):
    """Something chosen, or an alert that says that nothing suits, is settled by one connection."""
    answer, came = ANSWERS[case]
    reply, talk = run(_asked(by_suite(s0001=answer)))
    assert (reply.came, talk.connections, [one.settled for one in talk.heard]) == (came, 1, [True])


REFUSALS = {
    "closing": (b"", Came.CLOSED),
    "a reset": (RESET, Came.RESET),
    "silence": (SILENCE, Came.TIMEOUT),
    "an alert that says nothing of the offer": (alert(80), Came.ALERT),
    "close_notify": (alert(0, 1), Came.ALERT),
    "closing within a flight": (HELLO[:30], Came.CLOSED),
    "what is no TLS": (b"HTTP/1.1 400\r\n\r\n", Came.NOT_TLS),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_another_manner_of_no_is_settled_when_the_control_works_in_between(case, run):
    """Twice the same, and the control answered between the two: that is how this server says no."""
    answer, came = REFUSALS[case]
    reply, talk = run(_asked(by_suite(s0001=answer, s002f=HELLO)))
    assert (reply.came, reply.detail == UNSETTLED) == (came, False)
    assert [(one.offer, one.settled) for one in talk.heard] == [(STRANGE, False), (GOOD, True), (STRANGE, True)]


@pytest.mark.parametrize("case", REFUSALS)
def test_a_manner_of_no_that_is_known_needs_no_second_try(case, run):
    """Once a server was seen to refuse in a way, the same after a working control settles at once."""
    answer, _ = REFUSALS[case]

    async def work():
        _, talk = await _asked(by_suite(s0001=answer, s0002=answer, s002f=HELLO))
        before = talk.connections
        await talk.ask(Offer((0x0303,), (0x0002,)))
        return talk.connections - before, talk.heard[-1].settled

    assert run(work()) == (2, True)


def test_what_is_malformed_is_never_an_answer(run):
    """Nonsense twice over says nothing of the offer."""
    reply, talk = run(_asked(by_suite(s0001=handshake(b"\x02\xff\xff\xff"), s002f=HELLO)))
    assert (reply.came, reply.detail, talk.heard[-1].settled) == (Came.MALFORMED, UNSETTLED, False)


def test_what_works_the_second_time_is_an_answer(run):
    """A server that failed once and chose the next time has chosen."""
    reply, talk = run(_asked(by_suite(s0001=[b"", flight12(0x0001)], s002f=HELLO)))
    assert (reply.suite, [one.settled for one in talk.heard]) == (0x0001, [False, True, True])


def test_two_unlike_failures_settle_nothing(run):
    """Closing once and a reset the next time is no manner of saying no."""
    reply, talk = run(_asked(by_suite(s0001=[b"", RESET], s002f=HELLO)))
    assert (reply.came, reply.detail, talk.heard[-1].settled) == (Came.RESET, UNSETTLED, False)


def test_a_control_that_works_after_a_while(run):
    """A server that was busy is waited for, so often as there are pauses."""
    reply, talk = run(_asked(by_suite(s0001=b"", s002f=[b"", b"", b"", HELLO])))
    assert reply.came is Came.CLOSED
    assert talk.connections == 6
    assert talk.heard[-1].settled


def test_a_server_that_no_longer_takes_anything_has_stopped(run):
    """When the control fails four times the server has stopped answering: its doing, and nothing is settled."""

    async def work():
        talk = Conversation(ScriptedDoor(by_suite(s0001=b"", s002f=RESET)), SOON)
        talk.control = GOOD
        with pytest.raises(StoppedError, match="theirs"):
            await talk.ask(STRANGE)
        return talk

    talk = run(work())
    assert not any(one.settled for one in talk.heard)
    assert talk.connections == 5


def test_only_the_form_of_the_hello(run):
    """When the like control fails and the plain one works, it is the form that the server cannot stand: unsettled, and not stopped."""

    async def work():
        talk = Conversation(ScriptedDoor(by_suite(s0001=b"", s0002=b"", s002f=HELLO)), SOON)
        talk.control = GOOD
        return await talk.ask(STRANGE, Offer((0x0303,), (0x0002, 0x2F))), talk

    reply, talk = run(work())
    assert reply.detail == UNSETTLED
    assert not talk.heard[-1].settled
    assert talk.manners == set()


def test_before_anything_worked_a_failure_is_only_noted(run):
    """Without a control nothing can be settled."""
    reply, talk = run(_asked(by_suite(s0001=b""), control=None))
    assert (reply.came, talk.connections, talk.heard[-1].settled) == (Came.CLOSED, 1, False)


@pytest.mark.parametrize("patience", [Patience(idle_seconds=0.03, connections=3), Patience(idle_seconds=0.03, total_seconds=0.0)])
def test_our_own_limits(patience, run):
    """Neither more connections nor more time than we allow ourselves; that is ours, not theirs."""

    async def work():
        talk = Conversation(ScriptedDoor(by_suite(s0001=HELLO)), patience)
        with pytest.raises(StoppedError, match="our-limit"):
            await _without_end(talk)
        return talk.connections

    assert run(work()) <= 3


async def _without_end(talk):
    """Ask the same over and over."""
    while True:
        await talk.ask(STRANGE)


class _ShutDoor:
    """A door that does not open, for one reason."""

    def __init__(self, failure):
        self._failure = failure

    async def exchange(self, *_, **__):
        """Fail."""
        raise NoAnswerError(self._failure)


@pytest.mark.parametrize("failure", [one for one in Failure if one.cause is not Cause.OURS])
def test_a_connection_that_does_not_come_about(failure, run):
    """Theirs or the path's: no reply to the offer, and never settled."""

    async def work():
        talk = Conversation(_ShutDoor(failure), SOON)
        return await talk.ask(STRANGE), talk

    reply, talk = run(work())
    assert (reply.came, reply.detail, talk.heard[-1].settled) == (Came.REFUSED, failure.value, False)


@pytest.mark.parametrize("failure", [Failure.OUR_LIMIT, Failure.GUARDED, Failure.OPTED_OUT, Failure.NOT_ASKED])
def test_a_connection_that_we_do_not_make(failure, run):
    """Ours: nobody was asked, so it is no reply at all."""

    async def work():
        talk = Conversation(_ShutDoor(failure), SOON)
        with pytest.raises(NoAnswerError) as raised:
            await talk.ask(STRANGE)
        return raised.value.failure, talk.heard

    assert run(work()) == (failure, [])


async def _once(script, offer=GOOD, patience=SOON):
    """Make one connection to a real server."""
    async with serving(script) as server:
        return await Conversation(PortDoor(open_gate(), "127.0.0.1", server.port), patience).once(offer)


def _saying(words):
    """Hear the first octet, say something and stay."""

    async def script(visit):
        await visit.reader.read(1)
        await visit.say(words)
        await visit.reader.read()

    return script


SOCKETS = {
    "a flight": (_saying(HELLO), Came.SERVER_HELLO, ""),
    "an alert": (_saying(alert(40)), Came.ALERT, ""),
    "a reset": (rupture, Came.RESET, ""),
    "silence": (_saying(b""), Came.TIMEOUT, ""),
    "half a flight": (_saying(HELLO[:20]), Came.TIMEOUT, SLOW),
    "a drip without end": (drip(b"\x00", record(22, bytes(9_000))[:5]), Came.TIMEOUT, SLOW),
    "a flood of warnings": (flood(alert(90, 1)), Came.MALFORMED, ""),
    "a flood of nothing": (flood(record(22, b"")), Came.MALFORMED, ""),
    "a flood of HTTP": (flood(b"HTTP/1.1 400 Bad Request\r\n"), Came.NOT_TLS, ""),
    "a flight without end": (
        flood(record(22, b"\x0b\x01\x00\x00" + bytes(9_000)), after=handshake(server_hello(0x2F))),
        Came.MALFORMED,
        "",
    ),
}


@pytest.mark.parametrize("case", SOCKETS)
def test_what_comes_over_a_real_socket(case, on_loop):
    """Flights, alerts, resets, silence and floods have each their name, and end in time."""
    script, came, detail = SOCKETS[case]
    patience = Patience(idle_seconds=0.1, flight_seconds=0.15, connections=2, total_seconds=5)
    reply = on_loop(_once(script, patience=patience))
    assert reply.came in ({came, Came.CLOSED} if script is rupture else {came})
    assert reply.detail == detail


def test_ssl2_over_a_real_socket(on_loop):
    """A hello of SSL 2.0 goes out in its own form, and the kinds that the server lists come back."""

    async def script(visit):
        head = await visit.reader.readexactly(5)
        assert head[2:] == b"\x01\x00\x02"
        await visit.say(ssl2_server_hello((0x010080, 0x0700C0)))
        await visit.reader.read()

    reply = on_loop(_once(script, Offer((2,), (0x010080,))))
    assert (reply.came, reply.kinds) == (Came.SERVER_HELLO, [0x010080, 0x0700C0])


def test_a_hello_is_followed_by_a_farewell(on_loop):
    """Who answered hears close_notify, so that it need not wait for us."""
    told = []

    async def script(visit):
        head = await visit.reader.readexactly(5)
        await visit.reader.readexactly(int.from_bytes(head[3:], "big"))
        await visit.say(HELLO)
        told.append(await visit.reader.read())

    on_loop(_once(script))
    assert told == [alert(0, 1)[:1] + b"\x03\x01" + alert(0, 1)[3:]]


def test_what_is_written_down(run):
    """What was offered and what came, in hexadecimal digits, fit for JSON."""
    offer = Offer((0x0303, 0x0302), (0x2F, 0xC02F), (0x17,), (0x0401,), compression=True)
    talk = run(_asked(by_suite(s002f=HELLO), offer))[1]
    told = talk.heard[0].as_evidence()
    assert json.loads(json.dumps(told)) == told
    assert (told["versions"], told["suites"], told["groups"], told["signatures"]) == ("03030302", "002fc02f", "0017", "0401")
    assert (told["came"], told["settled"], told["version"], told["suite"], told["group"]) == ("server_hello", True, "0303", "002f", "")


def test_what_is_written_down_of_ssl2(run):
    """Kinds have six digits."""

    async def work():
        talk = Conversation(ScriptedDoor(lambda _hello: ssl2_server_hello((0x010080,))), SOON)
        await talk.ask(Offer((2,), (0x010080, 0x0700C0)))
        return talk.heard[0].as_evidence()

    told = run(work())
    assert (told["versions"], told["suites"], told["kinds"], told["version"]) == ("0002", "0100800700c0", "010080", "0002")


FAILURES = {
    "an alert": ([Reply(Came.ALERT, 40)], Failure.TLS_ALERT),
    "an unknown name": ([Reply(Came.ALERT, 112)], Failure.TLS_NAME_UNKNOWN),
    "closing": ([Reply(Came.CLOSED)], Failure.TLS_CLOSED),
    "a reset": ([Reply(Came.RESET)], Failure.TLS_CLOSED),
    "silence": ([Reply(Came.TIMEOUT)], Failure.TLS_TIMEOUT),
    "a drip": ([Reply(Came.TIMEOUT, detail=SLOW)], Failure.TLS_BROKEN),
    "what is no TLS": ([Reply(Came.NOT_TLS)], Failure.TLS_NOT_SPOKEN),
    "a hello that was broken off": ([Reply(Came.CLOSED), Reply(Came.RESET, version=0x0303)], Failure.TLS_BROKEN),
    "no connection": ([Reply(Came.REFUSED, detail="connect-timeout")], Failure.CONNECT_TIMEOUT),
    "no connection, and then an alert": ([Reply(Came.REFUSED, detail="refused"), Reply(Came.ALERT, 40)], Failure.TLS_ALERT),
    "an alert, and then silence": ([Reply(Came.ALERT, 40), Reply(Came.TIMEOUT)], Failure.TLS_ALERT),
}


@pytest.mark.parametrize("case", FAILURES)
def test_why_there_was_no_answer_at_all(case):
    """The first that says anything, as a client of today meets it."""
    replies, failure = FAILURES[case]
    assert failure_of(replies).failure is failure


@pytest.mark.parametrize("came", Came)
def test_every_way_has_a_failure(came):
    """Whatever a server did, when nothing worked there is a failure for it."""
    if came not in {Came.SERVER_HELLO, Came.HELLO_RETRY}:
        assert failure_of([Reply(came, 80 if came is Came.ALERT else None, "refused" if came is Came.REFUSED else "")])


@pytest.mark.parametrize(
    ("answers", "unlike"),
    [
        ([HELLO, HELLO], False),
        ([alert(40), alert(40)], False),
        ([alert(40), HELLO], True),
        ([HELLO, alert(40)], True),
    ],
    ids=["taken twice", "refused twice", "refused, then taken", "taken, then refused"],
)
def test_an_offer_that_is_taken_and_refused(run, answers, unlike):
    """Shows more than one server behind an address; other offers say nothing of it."""

    async def work():
        talk = Conversation(ScriptedDoor(by_suite(s0001=answers, s002f=HELLO)), SOON)
        talk.control = GOOD
        for offer in (STRANGE, GOOD, STRANGE):
            await talk.ask(offer)
        return talk.took_what_it_refused

    assert run(work()) is unlike
