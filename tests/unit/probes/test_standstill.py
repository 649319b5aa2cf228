# SPDX-License-Identifier: EUPL-1.2
"""Our own standing still is never somebody's silence."""

import asyncio
import time

import pytest

from meetlat.model.evidence import Cause, Failure, Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.prober import Prober
from meetlat.probes.standstill import Standstill
from tests.unit.probes.loopback import open_gate

NEED = Need("made_up", "a.test")
HALT_SECONDS = 0.4


class Asking:
    """A probe during whose question this process may be halted, and which then answers or fails."""

    kind = "made_up"

    def __init__(self, come, halted):
        self._come, self._halted = come, halted

    async def observe(self, _need):
        """Halt the whole loop, as the system does, when told so."""
        await asyncio.sleep(0)
        if self._halted:
            time.sleep(HALT_SECONDS)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(0)
        if isinstance(self._come, Exception):
            raise self._come
        return self._come


async def _observed(come, *, halted):
    watch = Standstill(too_long=0.2, beat=0.05)
    try:
        await asyncio.sleep(0.06)
        return await Prober({"made_up": Asking(come, halted)}, open_gate(), None, watch).observe(NEED)
    finally:
        watch.stop()


CASES = {
    "a time-out while we stood still": (NoAnswerError(Failure.CONNECT_TIMEOUT, "5 s"), True, Failure.OUR_LIMIT),
    "an answer while we stood still": ({"x": 1}, True, Failure.OUR_LIMIT),
    "a time-out while we went on": (NoAnswerError(Failure.CONNECT_TIMEOUT, "5 s"), False, Failure.CONNECT_TIMEOUT),
    "an answer while we went on": ({"x": 1}, False, None),
}


@pytest.mark.parametrize("case", CASES)
def test_whose_silence_it_is(case, run):
    """What was asked meanwhile is our failure, and will be asked again; all else is as it came."""
    come, halted, failure = CASES[case]
    seen = run(_observed(come, halted=halted))
    assert seen.failure is failure
    if failure is Failure.OUR_LIMIT:
        assert failure.cause is Cause.OURS
        assert seen.deserves_second_look


def test_what_is_asked_after_a_standstill_is_not_touched_by_it(run):
    """Also when it has not come to light yet."""

    async def work():
        watch = Standstill(too_long=0.2, beat=0.05)
        try:
            time.sleep(HALT_SECONDS)  # noqa: ASYNC251 - that is the point
            first = watch.count()
            await asyncio.sleep(0.12)
            return first, watch.count()
        finally:
            watch.stop()

    assert run(work()) == (1, 1)
