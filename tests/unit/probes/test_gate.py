# SPDX-License-Identifier: EUPL-1.2
"""Who is let out of the gate, how often, and how many at once."""

import asyncio
import errno
import os
import resource
import socket
from ipaddress import ip_network

import pytest

from meetlat.model.evidence import Cause, Failure, Need
from meetlat.probes import gate as gate_module
from meetlat.probes.failing import NoAnswerError, from_connect_error
from meetlat.probes.gate import Gate, Identity
from meetlat.probes.http import HttpProbe
from meetlat.probes.network import Network
from meetlat.probes.tls.exchange import HelloExchange, Patience
from meetlat.probes.watch import watch
from tests.unit.probes.loopback import LOOPBACK, UNHURRIED, failure_of, open_gate, outcome, serving, silence


async def connected(gate, server, address="127.0.0.1", **how):
    """Connect and let go."""
    async with gate.connection(address, server.port, **how):
        return "connected"


def test_who_is_cancelled_while_it_holds_a_connection_closes_it(on_loop):
    """The server hears the end at once, and nothing is watched any more."""

    async def listening(visit):
        await visit.say(b"\x16")
        await visit.hear_end()

    async def work():
        async with serving(listening) as server:
            talk = HelloExchange(b"hello", Patience())
            holding = asyncio.create_task(open_gate().hold("127.0.0.1", server.port, talk, talk.over))
            while not server.accepted or not len(watch()):
                await asyncio.sleep(0.01)
            holding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await holding
            async with asyncio.timeout(2):
                while not server.heard:
                    await asyncio.sleep(0.01)
            return server.heard, len(watch())

    assert on_loop(work()) == ([b"hello"], 0)


def test_who_opted_out_is_left_alone(on_loop):
    """An address or prefix on the list is not asked, of either family; its neighbour is."""

    async def work():
        async with serving(silence, host="0.0.0.0") as server:
            gate = Gate(LOOPBACK, UNHURRIED, opted_out=(ip_network("127.0.0.4/30"), ip_network("::1/128")))
            return [await outcome(connected(gate, server, address)) for address in ("127.0.0.4", "127.0.0.7", "::1", "127.0.0.8")]

    assert on_loop(work()) == [Failure.OPTED_OUT, Failure.OPTED_OUT, Failure.OPTED_OUT, "connected"]


def test_the_budget_of_a_run(on_loop):
    """When the connections are spent the rest is refused by us, at once, however slow the pace."""

    async def work():
        async with serving(silence) as server:
            gate = open_gate(budget=3, per_address=0.01, per_address_burst=3, at_once_per_address=9)
            said = await asyncio.gather(*(outcome(connected(gate, server)) for _ in range(3)))
            said += await asyncio.gather(*(outcome(connected(gate, server)) for _ in range(3)))
            return said, gate.counts.connections, gate.counts.refused_by_us

    assert on_loop(work()) == (["connected"] * 3 + [Failure.OUR_LIMIT] * 3, 3, 3)


def test_the_budget_holds_for_those_in_the_row(on_loop):
    """Who passed the first look and waits for the pace is counted when it goes, not before."""

    async def work():
        async with serving(silence) as server:
            gate = open_gate(budget=2, at_once_per_address=9)
            said = await asyncio.gather(*(outcome(connected(gate, server)) for _ in range(5)))
            return sorted(map(str, said)), gate.counts.connections

    assert on_loop(work()) == (sorted(["connected"] * 2 + [str(Failure.OUR_LIMIT)] * 3), 2)


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Give the gate a clock of its own."""
    made = Clock()
    monkeypatch.setattr(gate_module, "time", made)
    return made


def test_first_a_burst_and_then_a_pace(clock):
    """After silence as many as the burst go at once, then one each interval; after new silence a burst again."""
    pace = gate_module._Pace()  # noqa: SLF001 - the arithmetic deserves a table
    assert [round(pace.wait_for("a", 5, 3), 6) for _ in range(6)] == [0, 0, 0, 0.2, 0.4, 0.6]
    clock.now += 0.6
    assert round(pace.wait_for("a", 5, 3), 6) == 0.2
    clock.now += 60
    assert [round(pace.wait_for("a", 5, 3), 6) for _ in range(4)] == [0, 0, 0, 0.2]


@pytest.mark.parametrize("now", [0.0, 0.1, 5.0])
def test_the_pace_of_a_machine_that_was_just_started(now, clock):
    """The burst does not depend on how long the clock has run."""
    clock.now = now
    pace = gate_module._Pace()  # noqa: SLF001 - idem
    assert [round(pace.wait_for("a", 1, 3), 6) for _ in range(4)] == [0, 0, 0, 1]


@pytest.mark.usefixtures("clock")
def test_each_has_a_pace_of_its_own():
    """Who is slow delays nobody else."""
    pace = gate_module._Pace()  # noqa: SLF001 - idem
    for _ in range(50):
        pace.wait_for("a", 1, 1)
    assert pace.wait_for("b", 1, 1) == 0


def test_the_memory_of_the_pace_is_bounded(clock):
    """Addresses that have been silent long enough are forgotten, and no debt with them."""
    pace = gate_module._Pace()  # noqa: SLF001 - idem
    for number in range(100_001):
        pace.wait_for(str(number), 5, 6)
    clock.now += 1000
    pace.wait_for("a", 5, 1)
    assert len(pace.next_free) == 1
    assert pace.wait_for("a", 5, 1) == pytest.approx(0.2)


def test_the_gate_keeps_the_pace_of_address_and_prefix(run, monkeypatch, clock):
    """Three in a burst, then the slower of the two paces; a neighbour in the same prefix waits along."""
    waits = []

    async def sleep(seconds):
        waits.append(round(seconds, 6))
        clock.now += seconds

    async def work():
        async with serving(silence, host="0.0.0.0") as server:
            gate = open_gate(per_address=2, per_address_burst=3, per_prefix=1, per_prefix_burst=5)
            monkeypatch.setattr(gate_module.asyncio, "sleep", sleep)
            try:
                for address in ["127.0.0.1"] * 4 + ["127.0.0.2"] * 2:
                    await connected(gate, server, address)
            finally:
                monkeypatch.undo()

    run(work())
    assert waits == [0.5, 0.5]


@pytest.mark.parametrize(
    ("how", "address", "at_most"),
    [({}, "127.0.0.1", 2), ({"is_mail": True}, "127.0.0.1", 1), ({}, "::1", 2), ({"is_mail": True}, "::1", 1)],
)
def test_few_at_once_per_address(how, address, at_most, on_loop):
    """Two connections at once to an address, one for mail; the next goes when one is closed."""

    async def work():
        async with serving(silence, host=address) as server:
            gate, now, most = open_gate(), 0, 0

            async def one():
                nonlocal now, most
                async with gate.connection(address, server.port, **how):
                    now += 1
                    most = max(most, now)
                    await asyncio.sleep(0.005)
                    now -= 1

            await asyncio.gather(*(one() for _ in range(4)))
            return most, server.accepted

    assert on_loop(work()) == (at_most, 4)


def test_who_waits_for_one_address_keeps_no_place_from_another(run):
    """The limit over all counts connections, not those that wait for the pace of a slow operator."""

    async def work():
        async with serving(silence, host="0.0.0.0") as server:
            gate = open_gate(at_once=1, per_address=0.01, per_address_burst=1)
            await connected(gate, server)
            waiting = asyncio.create_task(connected(gate, server))
            await asyncio.sleep(0)
            async with asyncio.timeout(1):
                said = await connected(gate, server, "127.0.0.2")
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return said

    assert run(work()) == "connected"


def test_without_ipv6_it_is_our_limit(run):
    """An IPv6 address that cannot be reached from here says nothing of its owner."""
    gate = open_gate()
    gate.has_ipv6 = False

    async def work():
        async with gate.connection("::1", 80):
            raise AssertionError

    error = run(failure_of(work()))
    assert (error.failure, error.failure.cause) == (Failure.OUR_LIMIT, Cause.OURS)


@pytest.mark.parametrize("prefix", ["::1/128", "::/127"])
def test_a_laboratory_of_one_address(prefix):
    """The smallest prefix tells as well whether there is IPv6."""
    assert isinstance(Gate(Network(allowed_prefixes=(ip_network(prefix),))).has_ipv6, bool)


def test_a_connection_that_takes_too_long(run, monkeypatch):
    """A connection that is not accepted in time is a time-out of connecting, and its socket is closed."""

    async def never(*_):
        await asyncio.Event().wait()

    async def work():
        monkeypatch.setattr(type(asyncio.get_running_loop()), "create_connection", never)
        async with open_gate(connect_seconds=0.02).connection("127.0.0.1", 9):
            raise AssertionError

    assert run(failure_of(work())).failure is Failure.CONNECT_TIMEOUT


def test_a_machine_out_of_sockets(on_loop):
    """When we cannot open a socket it is our limit."""

    async def work():
        async with serving(silence) as server:
            gate = open_gate()
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            next_free = os.dup(0)
            os.close(next_free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (next_free, hard))
            try:
                return await failure_of(connected(gate, server))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert on_loop(work()).failure is Failure.OUR_LIMIT


CONNECT_ERRORS = {
    errno.ECONNREFUSED: Failure.REFUSED,
    errno.ECONNRESET: Failure.REFUSED,
    errno.ETIMEDOUT: Failure.CONNECT_TIMEOUT,
    errno.EHOSTUNREACH: Failure.UNREACHABLE,
    errno.ENETUNREACH: Failure.UNREACHABLE,
    errno.EHOSTDOWN: Failure.UNREACHABLE,
    errno.ENOPROTOOPT: Failure.UNREACHABLE,
    errno.EACCES: Failure.UNREACHABLE,
    errno.EADDRNOTAVAIL: Failure.OUR_LIMIT,
    errno.EPERM: Failure.OUR_LIMIT,
    errno.ENOBUFS: Failure.OUR_LIMIT,
}


@pytest.mark.parametrize("number", CONNECT_ERRORS, ids=errno.errorcode.get)
def test_what_a_failed_connect_means(number):
    """Only an answer of the other side is a refusal; what we lack is ours, and the rest lies on the path."""
    assert from_connect_error(OSError(number, "x")).failure is CONNECT_ERRORS[number]


def test_everything_is_given_back(on_loop):
    """A block that fails, and one that is cancelled, leave the socket closed and the place free."""

    async def work():
        async with serving(silence) as server:
            gate = open_gate(at_once_per_address=1, at_once=1)
            with pytest.raises(ZeroDivisionError):
                async with gate.connection("127.0.0.1", server.port) as first:
                    raise ZeroDivisionError
            held = asyncio.create_task(_hold(gate, server))
            waiting = asyncio.create_task(connected(gate, server))
            await asyncio.sleep(0.02)
            for task in (waiting, held):
                task.cancel()
            await asyncio.gather(held, waiting, return_exceptions=True)
            with pytest.raises(OSError, match="closed"):
                await first.send(b"x")
            outcome = await connected(gate, server)
            await asyncio.sleep(0.02)
            return outcome, server.open_now, gate._turns  # noqa: SLF001 - nothing is to be left of an address that nobody asks

    assert on_loop(work()) == ("connected", 0, {})


async def _hold(gate, server):
    """Keep a connection."""
    async with gate.connection("127.0.0.1", server.port):
        await asyncio.Event().wait()


def test_who_asks_says_so(monkeypatch):
    """The User-Agent holds where to complain; a machine without a name of its own borrows nobody's."""
    monkeypatch.setattr(socket, "getfqdn", lambda: "laptop")
    assert Identity().ehlo_name == "meetlat.invalid"
    assert "https://x.test/" in Identity(contact="https://x.test/").user_agent
    monkeypatch.setattr(socket, "getfqdn", lambda: "meet.example.nl")
    assert Identity().ehlo_name == "meet.example.nl"


def test_a_contact_with_letters_of_its_own(on_loop):
    """A name with an accent in the User-Agent stops no request."""

    async def work():
        async def script(visit):
            await visit.hear_head()
            await visit.say(b"HTTP/1.1 204 x\r\n\r\n")

        async with serving(script) as server:
            gate = Gate(LOOPBACK, UNHURRIED, Identity("meetlat.test", "Ministerie van één"))
            answer = await outcome(HttpProbe(gate).observe(Need("http", f"http://a.test:{server.port}/", "127.0.0.1")))
            return answer["status"], "één".encode() in server.heard[0]

    assert on_loop(work()) == (204, True)


def test_a_failure_is_one_sentence():
    """The error of a probe reads as failure and detail."""
    assert str(NoAnswerError(Failure.CLOSED, "seen")) == "closed seen"
