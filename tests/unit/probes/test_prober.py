# SPDX-License-Identifier: EUPL-1.2
"""All probes together: a need in, an observation out, always."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from meetlat.model.evidence import Cause, Failure, Need
from meetlat.probes import prober as prober_module
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.prober import Prober, prober
from tests.unit.probes.loopback import open_gate
from tests.unit.probes.made_up_resolver import answering_at, said

NEED = Need("made_up", "a.test")


class Fake:
    """A probe that does what it is told."""

    kind = "made_up"

    def __init__(self, come):
        self._come = come

    async def observe(self, _need):
        """Answer, or raise."""
        if isinstance(self._come, Exception):
            raise self._come
        return self._come


async def observed(come, need=NEED, attempt=1):
    """Observe through a prober with one made-up probe."""
    return await Prober({"made_up": Fake(come)}, open_gate()).observe(need, attempt)


OUTCOMES = {
    "an answer": ({"x": 1}, None),
    "an empty answer": ({}, None),
    "no answer": (NoAnswerError(Failure.CLOSED, "seen"), Failure.CLOSED),
    "a bug": (KeyError("oeps"), Failure.OUR_ERROR),
    "a time-out that a probe let through": (TimeoutError(), Failure.OUR_ERROR),
    "an error of the system that a probe let through": (OSError(5, "I/O"), Failure.OUR_ERROR),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_exactly_one_of_answer_and_failure(case, run, caplog):
    """Whatever a probe does, the observation says one thing, and keeps the attempt."""
    come, failure = OUTCOMES[case]
    with caplog.at_level(logging.CRITICAL):
        seen = run(observed(come, attempt=2))
    assert (seen.answer is None) != (seen.failure is None)
    assert (seen.failure, seen.attempt, seen.need) == (failure, 2, NEED)


def test_a_bug_is_ours_and_is_logged(run, caplog):
    """A crash of a probe never counts against the one that was asked, and can be found in the log."""
    seen = run(observed(KeyError("oeps")))
    assert seen.failure.cause is Cause.OURS
    assert seen.detail == "KeyError: 'oeps'"
    assert "probe made_up failed on made_up a.test" in caplog.text


def test_a_kind_that_nobody_answers(run, caplog):
    """A need of an unknown kind is a bug of ours."""
    assert run(observed({}, Need("unknown", "a.test"))).failure is Failure.OUR_ERROR
    assert "unknown" in caplog.text


def test_what_was_seen_is_kept_short(run):
    """A failure's detail is bounded, for a server may have written it."""
    assert len(run(observed(NoAnswerError(Failure.MALFORMED, "x" * 10_000))).detail) == 300


def test_cancelling_goes_through(run):
    """Giving up is no failure of anybody."""

    class Cancelled(Fake):
        """Is cancelled."""

        async def observe(self, _need):
            """Be cancelled."""
            raise asyncio.CancelledError

    async def work():
        with pytest.raises(asyncio.CancelledError):
            await Prober({"made_up": Cancelled(None)}, open_gate()).observe(NEED)

    run(work())


def test_the_moment_is_that_of_seeing(run):
    """Time spent in the row at the gate does not make an observation older than it is."""

    async def work():
        class Slow(Fake):
            """Takes its time."""

            async def observe(self, _need):
                """Wait."""
                await asyncio.sleep(0.05)
                return {"seen": datetime.now(UTC)}

        return await Prober({"made_up": Slow(None)}, open_gate()).observe(NEED)

    seen = run(work())
    assert seen.at >= seen.answer["seen"]


def test_all_kinds_of_needs_have_a_probe(on_loop):
    """The prober of a measurement answers dns, name_server, http and smtp, and closes its sockets."""

    async def work():
        async with answering_at(lambda q, _: said(q)) as port, prober(open_gate(), ("127.0.0.1", port)) as probes:
            dns = await probes.observe(Need("dns", "a.test", "A"))
            rest = [
                await probes.observe(Need(kind, subject, ""))
                for kind, subject in (("http", "ftp://"), ("smtp", "10.0.0.1"), ("name_server", "10.0.0.1"))
            ]
            return dns.answer["rcode"], [seen.failure for seen in rest]

    assert on_loop(work()) == ("NOERROR", [Failure.NOT_ASKED, Failure.GUARDED, Failure.GUARDED])


def test_sockets_are_closed_when_not_all_can_be_opened(run, monkeypatch):
    """A machine that runs out of sockets while the resolver's are opened keeps none of them."""

    class Poor(prober_module.Resolver):
        """Opens all its sockets and then fails."""

        async def open(self):
            """Open, and fail."""
            await super().open()
            raise OSError(24, "Too many open files")

    monkeypatch.setattr(prober_module, "Resolver", Poor)

    async def work():
        with pytest.raises(OSError, match="Too many"):
            async with prober(open_gate(), ("127.0.0.1", 9)):
                raise AssertionError

    run(work())
