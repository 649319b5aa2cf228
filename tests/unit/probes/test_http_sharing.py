# SPDX-License-Identifier: EUPL-1.2
"""How needs for one origin share a connection, and how they do not share a misfortune."""

import asyncio

import pytest

from meetlat.model.evidence import Failure, Need
from meetlat.probes import http
from meetlat.probes.http import HttpProbe
from tests.unit.probes.loopback import failure_of, farewell, open_gate, outcome, serving, silence


def page(server, path, host="loopback.test", address="127.0.0.1"):
    """Return the need for a page of a server."""
    return Need("http", f"http://{host}:{server.port}{path}", address)


async def echo(visit, extra=b""):
    """Answer one request with its path as the body; say whether there was one."""
    try:
        head = await visit.hear_head()
    except asyncio.IncompleteReadError:
        return False
    path = head.split(b" ")[1]
    await visit.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(path), extra, path))
    return True


async def patient(visit):
    """Answer as long as there are requests."""
    while await echo(visit):
        pass


async def rude(visit):
    """Answer one request and close without a word."""
    await echo(visit)


async def clear(visit):
    """Answer one request, say that it was the last, and wait."""
    await echo(visit, b"Connection: close\r\n")
    await silence(visit)


async def chatty(visit):
    """Answer one request, with an answer to the next before it is asked."""
    head = await visit.hear_head()
    path = head.split(b" ")[1]
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    await visit.say((answer + b"%s") % (len(path), path) + (answer + b"vals") % 4)
    await silence(visit)


SHARING = {
    "a patient server": (patient, 1),
    "a server that closes after each answer": (rude, 3),
    "a server that says that it closes": (clear, 3),
    "a server that answers before it is asked": (chatty, 3),
}


@pytest.mark.parametrize("case", SHARING)
def test_needs_asked_together_share_a_connection(case, on_loop):
    """As few connections as the server allows, and each need gets its own answer."""
    script, connections = SHARING[case]
    paths = ("/een", "/twee", "/drie")

    async def work():
        async with serving(script) as server:
            probe = HttpProbe(open_gate())
            answers = await asyncio.gather(*(probe.observe(page(server, path)) for path in paths))
            return [answer["body"] for answer in answers], server.accepted

    assert on_loop(work()) == (list(paths), connections)


def test_another_host_or_address_is_another_connection(on_loop):
    """Names behind one server, and addresses of one name, are asked apart."""

    async def work():
        async with serving(patient) as server:
            gate = open_gate(at_once_per_address=9)
            probe = HttpProbe(gate)
            needs = [page(server, "/"), page(server, "/", host="ander.test"), page(server, "/", address="127.0.0.2")]
            await asyncio.gather(*(outcome(probe.observe(need)) for need in needs))
            return gate.counts.connections, server.accepted

    assert on_loop(work()) == (3, 2)


def test_who_joins_late_costs_nobody_an_answer(on_loop):
    """A second need whose shared connection breaks gets one of its own, also when a third has joined the row meanwhile."""

    async def work():
        joined = asyncio.Event()

        async def script(visit):
            if visit.server.accepted > 1:
                await patient(visit)
                return
            await echo(visit)
            await joined.wait()

        async with serving(script) as server:
            probe = HttpProbe(open_gate())
            row = [asyncio.create_task(outcome(probe.observe(page(server, path)))) for path in ("/een", "/twee")]
            while len(server.heard) < 1:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            row.append(asyncio.create_task(outcome(probe.observe(page(server, "/drie")))))
            await asyncio.sleep(0.02)
            joined.set()
            return [getattr(said, "value", None) or said["body"] for said in await asyncio.gather(*row)]

    assert on_loop(work()) == ["/een", "/twee", "/drie"]


def test_a_failure_is_not_shared(on_loop):
    """Of needs that are asked together each fails by a connection of its own."""

    async def work():
        async with serving(farewell) as server:
            probe = HttpProbe(open_gate())
            failures = await asyncio.gather(*(outcome(probe.observe(page(server, path))) for path in ("/een", "/twee")))
            return failures, server.accepted

    assert on_loop(work()) == ([Failure.CLOSED, Failure.CLOSED], 2)


def test_a_need_that_cannot_be_asked_stops_only_itself(on_loop):
    """A path that no request can hold fails alone; its neighbours are answered."""

    async def work():
        async with serving(patient) as server:
            probe = HttpProbe(open_gate())
            said = await asyncio.gather(*(outcome(probe.observe(page(server, path))) for path in ("/een", "/t wee", "/drie")))
            return [said[0]["body"], said[1], said[2]["body"]]

    assert on_loop(work()) == ["/een", Failure.NOT_ASKED, "/drie"]


def test_who_is_given_up_takes_nobody_along(on_loop):
    """When the need that opened the connection is cancelled the others end with a failure of ours, and nothing is left behind."""

    async def work():
        async with serving(silence) as server:
            probe = HttpProbe(open_gate())
            first = asyncio.create_task(probe.observe(page(server, "/een")))
            await asyncio.sleep(0)
            second = asyncio.create_task(failure_of(probe.observe(page(server, "/twee"))))
            while server.accepted == 0:
                await asyncio.sleep(0.005)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            return first.cancelled(), (await second).failure

    assert on_loop(work()) == (True, Failure.OUR_ERROR)


def test_who_no_longer_waits_is_no_obstacle(on_loop):
    """A need that joined a row and was cancelled there leaves the others their answers."""

    async def work():
        async with serving(patient) as server:
            probe = HttpProbe(open_gate())
            first = asyncio.create_task(probe.observe(page(server, "/een")))
            await asyncio.sleep(0)
            second = asyncio.create_task(probe.observe(page(server, "/twee")))
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)
            return (await first)["body"]

    assert on_loop(work()) == "/een"


def test_a_failure_of_which_nobody_hears(on_loop):
    """Who failed, served others meanwhile and is cancelled then, leaves no complaint of a lost exception."""

    async def work():
        async with serving(farewell) as gone:
            gate = open_gate()
            probe = HttpProbe(gate)
            first = asyncio.create_task(probe.observe(page(gone, "/een")))
            await asyncio.sleep(0)
            second = asyncio.create_task(outcome(probe.observe(page(gone, "/twee"))))
            while gate.counts.connections < 2:
                await asyncio.sleep(0)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            return (await second) in {Failure.OUR_ERROR, Failure.CLOSED}

    assert on_loop(work())


def test_a_server_that_was_waited_for_in_vain(on_loop, monkeypatch):
    """What is asked of it afterwards is asked side by side, within the limits of the gate: each would be waited for as long."""
    monkeypatch.setattr(http, "_HEAD_SECONDS", 0.05)

    async def work():
        async with serving(silence) as server:
            probe = HttpProbe(open_gate())
            ask = [Need("http", f"http://a.test:{server.port}/{path}", "127.0.0.1") for path in ("", "b", "c", "d")]
            first = await outcome(probe.observe(ask[0]))
            before = server.open_at_most
            later = await asyncio.gather(*(outcome(probe.observe(need)) for need in ask))
            return first, before, later, server.open_at_most, server.accepted

    timeout = Failure.READ_TIMEOUT
    assert on_loop(work()) == (timeout, 1, [timeout] * 4, 2, 5)


def test_giving_up_while_they_are_asked_side_by_side(run, monkeypatch):
    """Whoever is cancelled takes nobody along into waiting for ever."""
    monkeypatch.setattr(http, "_HEAD_SECONDS", 0.05)

    async def work():
        async with serving(silence) as server:
            probe = HttpProbe(open_gate())
            ask = [Need("http", f"http://a.test:{server.port}/{path}", "127.0.0.1") for path in ("", "b", "c")]
            await outcome(probe.observe(ask[0]))
            monkeypatch.setattr(http, "_HEAD_SECONDS", 5)
            tasks = [asyncio.create_task(outcome(probe.observe(need))) for need in ask]
            await asyncio.sleep(0.02)
            tasks[0].cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

    given_up, *others = run(work())
    assert isinstance(given_up, asyncio.CancelledError)
    assert others == [Failure.OUR_ERROR, Failure.OUR_ERROR]
