# SPDX-License-Identifier: EUPL-1.2
"""The watch: one timer for all time-outs, and each behaves as asyncio's own would."""

import asyncio
import gc
import weakref

import pytest

from meetlat.probes import watch as module
from meetlat.probes.watch import Watch, Within, watch


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


async def _slept(within, seconds):
    """Sleep within a time-out; say what came of it."""
    try:
        with Within(within):
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "late"
    return "in time"


@pytest.mark.parametrize(
    ("within", "seconds", "outcome"),
    [
        pytest.param(5, 0.02, "in time", id="a block that ends before its time goes on"),
        pytest.param(0.02, 5, "late", id="a block that takes too long raises TimeoutError"),
        pytest.param(0, 5, "late", id="no time at all is over at the first look"),
    ],
)
def test_a_block(within, seconds, outcome):
    """It is late or in time."""
    assert asyncio.run(_slept(within, seconds)) == outcome


def test_of_two_around_each_other_the_shorter_is_late():
    """Whether it is the inner or the outer one; the other goes on as if nothing had been."""

    async def nested(outer, inner):
        told = []
        try:
            with Within(outer):
                try:
                    with Within(inner):
                        await asyncio.sleep(5)
                except TimeoutError:
                    told.append("inner")
                await asyncio.sleep(0.03)
                told.append("went on")
        except TimeoutError:
            told.append("outer")
        return told

    assert asyncio.run(nested(5, 0.02)) == ["inner", "went on"]
    assert asyncio.run(nested(0.02, 5)) == ["outer"]
    assert asyncio.run(nested(0.02, 0.02)) == ["outer"]  # both in one look: the inner cannot claim what the outer meant too


@pytest.mark.parametrize("order", ["late first", "cancelled first", "cancelled only"])
def test_who_is_cancelled_by_another_is_cancelled(order):
    """And not late; also when both come at the same moment, in either order."""

    async def cancelled():
        begun = []

        async def waiting():
            with Within(5) as limit:
                begun.append(limit)
                await asyncio.sleep(5)

        task = asyncio.create_task(waiting())
        await asyncio.sleep(0)
        if order == "late first":
            begun[0].late()
        task.cancel()
        if order == "cancelled first":
            begun[0].late()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())


def test_it_looks_again_after_nobody_waited():
    """Whoever comes after a pause is late as well."""

    async def again():
        first = await _slept(0.02, 5)
        await asyncio.sleep(0.05)
        return first, len(watch()), await _slept(0.02, 5)

    assert asyncio.run(again()) == ("late", 0, "late")


def test_an_error_after_being_late_is_no_time_out():
    """What the block made of its cancelling is what is raised."""

    async def failing():
        with Within(0.02):
            try:
                await asyncio.sleep(5)
            finally:
                raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(failing())


def test_in_a_task_that_is_being_cancelled():
    """Who tidies up within a time-out is late there, and its own cancelling goes on."""

    async def tidying():
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            told.append(await _slept(0.02, 5))
            raise

    async def cancelled():
        task = asyncio.create_task(tidying())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    told = []
    asyncio.run(cancelled())
    assert told == ["late"]


def test_one_who_cannot_be_told_keeps_nobody_from_being_late():
    """The error is the loop's to tell, and the watch goes on looking."""

    class Broken:
        until = 0.0

        def late(self):
            raise ValueError("broken")

    async def looked():
        faults = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: faults.append(str(told["exception"])))
        for _ in range(3):
            watch().add(Broken())
        return await _slept(0.02, 5), set(faults)

    assert asyncio.run(looked()) == ("late", {"broken"})


def test_who_is_let_go_by_what_another_was_told_is_not_told():
    """Both were late in the same look."""

    class One:
        def __init__(self):
            self.until, self.told, self.other = 0.0, 0, None

        def late(self):
            self.told += 1
            watch().discard(self.other)

    async def looked():
        one, other = One(), One()
        one.other, other.other = other, one
        watch().add(one)
        watch().add(other)
        await asyncio.sleep(0.05)
        return one.told + other.told

    assert asyncio.run(looked()) == 1


def test_an_error_of_the_block_is_its_own():
    """It goes through, and nothing is watched any more."""

    async def failing():
        with pytest.raises(KeyError), Within(5):
            raise KeyError
        return len(watch())

    assert asyncio.run(failing()) == 0


def test_the_moment_may_be_moved():
    """As long as it is moved in time, it is not late."""

    async def moved():
        with Within(0.05) as limit:
            for _ in range(6):
                await asyncio.sleep(0.02)
                limit.until = asyncio.get_running_loop().time() + 0.05
        return True

    assert asyncio.run(moved())


def test_who_is_told_may_ask_to_be_told_again():
    """It is told once each time that it asked, and never after it was let go."""

    class Twice:
        def __init__(self, watching):
            self.until, self.told, self.watching = 0.0, 0, watching

        def late(self):
            self.told += 1
            if self.told < 2:
                self.watching.add(self)

    async def told():
        watching = Watch()
        again, gone = Twice(watching), Twice(watching)
        watching.add(again)
        watching.add(gone)
        watching.discard(gone)
        await asyncio.sleep(0.1)
        return again.told, gone.told, len(watching)

    assert asyncio.run(told()) == (2, 0, 0)


def test_a_loop_has_one_watch_and_takes_it_along():
    """The watch of a loop that is gone is gone too."""

    async def same():
        assert watch() is watch()
        return weakref.ref(watch())

    kept = asyncio.run(same())
    gc.collect()
    assert kept() is None
