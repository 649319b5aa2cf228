# SPDX-License-Identifier: EUPL-1.2
"""The fixed point: what is asked, how often, in which rounds, and when it stops. On a made-up network without any waiting."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from meetlat.engine import fixed_point
from meetlat.engine.fixed_point import MAX_NEEDS, MAX_NEEDS_OF_STANDARD, MAX_ROUNDS, Shared, observe
from meetlat.facts.dns import existence, question
from meetlat.model.evidence import Failure, Need, Observation
from meetlat.model.target import Role
from tests.unit.engine.made_up_world import GONE, HERE, THERE, World, fixed, observed, one, standard


def test_equal_needs_are_asked_once():
    """Two standards and two listings that need the same share one question and its answer."""
    world = World({one("x"): {"value": 1}})
    both = observed(world, fixed(one("x")), standard(lambda *_: [one("x"), one("y")], "other"), listings=(HERE, THERE))
    assert world.times(one("x")) == [1]
    assert [seen.get(one("x")).answer for seen in both] == [{"value": 1}, {"value": 1}]


def test_what_is_asked_in_one_round_is_asked_in_a_fixed_order():
    """The order does not depend on how sets are laid out in memory."""
    world = World()
    observed(world, fixed(*(one(f"{number:02}") for number in reversed(range(30)))))
    assert [need for need, _ in world.asked] == sorted(need for need, _ in world.asked)


def test_needs_that_follow_from_an_answer():
    """What a standard wants once it knows more is asked in the next round."""

    def needs(_target, seen):
        yield one("first")
        if seen.get(one("first")):
            yield Need("made_up", seen.get(one("first")).answer["next"])

    world = World({one("first"): {"next": "second"}})
    assert one("second") in observed(world, standard(needs))


def test_only_standards_of_the_role_are_asked():
    """A standard for mail wants nothing of a website; one that cannot be measured wants nothing at all."""
    seen = observed(World(), standard(lambda *_: [one("mail")], roles=(Role.MAIL,)), standard(None))
    assert [observation.need for observation in seen] == [existence(HERE.domain)]


def test_a_domain_that_does_not_exist():
    """After NXDOMAIN nothing that would follow is asked any more."""

    def needs(_target, seen):
        yield one("at once")
        if one("at once") in seen:
            yield one("later")

    world = World({existence(HERE.domain): GONE})
    assert one("later") not in observed(world, standard(needs))
    assert world.times(one("later")) == []


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (failure, [1] if failure in {Failure.GUARDED, Failure.OPTED_OUT, Failure.NOT_ASKED, Failure.TLS_NAME_UNKNOWN} else [1, 2])
        for failure in Failure
    ],
)
def test_a_failure_is_asked_again_once(failure, attempts):
    """Unless the first answer was final, a failure counts only when it was seen twice; and twice is enough."""
    world = World({one("x"): failure})
    seen = observed(world, fixed(one("x")))
    assert world.times(one("x")) == attempts
    assert seen.get(one("x")).attempt == len(attempts)
    assert len(list(seen)) == 1 + len(attempts)


@pytest.mark.parametrize(("answer", "attempts"), [({"complete": False}, [1, 2]), ({"complete": True}, [1]), ({}, [1])])
def test_an_answer_that_is_not_complete_is_asked_again(answer, attempts):
    """Only an answer that says of itself that it broke off is asked again."""
    world = World({one("x"): answer})
    observed(world, fixed(one("x")))
    assert world.times(one("x")) == attempts


def test_what_follows_from_the_second_answer():
    """A question that fails at first and is answered later opens what rests on it, and that gets its own second look."""

    def needs(_target, seen):
        yield one("first")
        first = seen.get(one("first"))
        if first is not None and first.answer is not None:
            yield one("second")

    world = World({one("first"): [Failure.READ_TIMEOUT, {}], one("second"): Failure.REFUSED})
    seen = observed(world, standard(needs))
    assert seen.get(one("first")).answer == {}
    assert world.times(one("second")) == [1, 2]


def test_a_domain_that_turns_out_not_to_exist():
    """NXDOMAIN on the second look stops the rest too."""
    world = World({existence(HERE.domain): [Failure.SERVFAIL, GONE]})

    def needs(_target, seen):
        existing = seen.get(existence(HERE.domain))
        if existing is not None and existing.answer is not None:
            yield one("later")

    assert one("later") not in observed(world, standard(needs))


@pytest.mark.parametrize(
    ("confirm_after", "old", "waits"),
    [(6.0, timedelta(0), 6.0), (6.0, timedelta(seconds=4), 2.0), (6.0, timedelta(minutes=5), 0.0), (6.0, timedelta(hours=-1), 6.0)],
)
def test_how_long_a_failure_rests(confirm_after, old, waits, monkeypatch):
    """The second question comes so many seconds after the first; never longer, also when the clock was set back meanwhile."""
    slept = []
    world = World()

    async def ask(need, attempt):
        seen = await world(need, attempt)
        if need == one("x"):
            return Observation(need, seen.at - old, failure=Failure.REFUSED, attempt=attempt)
        return seen

    sleep = asyncio.sleep

    async def sleeping(seconds):
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(fixed_point.asyncio, "sleep", sleeping)
    asyncio.run(observe(HERE, [fixed(one("x"))], Shared(ask), confirm_after))
    assert max(slept) == pytest.approx(waits, abs=0.5)


def endless(_target, seen):
    """Want one thing more than is known, for ever."""
    yield one(f"{len(seen):04}")


def explosive(_target, seen):
    """Want more and more at once, for ever."""
    yield from (one(f"{number:05}") for number in range(10 * max(1, len(seen))))


@pytest.mark.parametrize(("needs", "most"), [(endless, MAX_ROUNDS + 1), (explosive, MAX_NEEDS)])
def test_what_has_no_end_is_ended(needs, most):
    """A standard that never has enough is stopped by a limit of ours, without a second look, and the run goes on."""
    world = World()
    seen = observed(world, standard(needs))
    failures = [observation for observation in seen if observation.failure is not None]
    assert failures
    assert {observation.failure for observation in failures} == {Failure.OUR_LIMIT}
    assert len(world.asked) <= most


def test_too_much_at_once_is_a_limit_of_ours():
    """Needs over the limit are written down as not asked by us, not as a fault of anybody."""
    many = [one(f"{number:04}") for number in range(MAX_NEEDS + 1)]
    share = MAX_NEEDS // 3 + 1
    seen = observed(World(), *(standard(lambda *_, at=at: many[at : at + share], f"s{at}") for at in range(0, MAX_NEEDS, share)))
    assert seen.get(many[-1]).failure is Failure.OUR_LIMIT


@pytest.mark.parametrize("at_once", [True, False])
def test_one_standard_that_wants_too_much(at_once):
    """It is stopped at its share; what another wants is asked as ever, also of what both want, and what follows from it."""

    def greedy(_target, seen):
        yield one("both")
        yield from (one(f"{number:04}") for number in range(MAX_NEEDS_OF_STANDARD * 2 if at_once else len(seen) * 3))

    def modest(_target, seen):
        yield one("both")
        if one("both") in seen:
            yield one("later")
        if one("later") in seen:
            yield one("last")

    world = World()
    seen = observed(world, standard(greedy, "greedy"), standard(modest, "modest"))
    assert all(seen.get(one(name)).answer is not None for name in ("both", "later", "last"))
    limited = [observation for observation in seen if observation.failure is Failure.OUR_LIMIT]
    assert limited
    assert {observation.detail for observation in limited} == {"too many questions for one standard"}
    assert len(world.asked) <= MAX_NEEDS_OF_STANDARD + 4


def test_as_much_as_its_share():
    """A standard that wants exactly so much gets it, and saying a thing twice is not wanting more."""
    many = [one(f"{number:04}") for number in range(MAX_NEEDS_OF_STANDARD)]
    seen = observed(World(), fixed(*many, *many))
    assert all(seen.get(need).answer is not None for need in many)


@pytest.mark.parametrize("lazy", [False, True])
def test_a_standard_that_cannot_say_what_it_needs(lazy, caplog):
    """A crash over one hostile record is logged once, and every other standard and listing goes on."""

    def at_once(_target, seen):
        if existence(HERE.domain) in seen:
            raise ValueError("hostile")
        return [one("before")]

    def half_way(_target, seen):
        yield one("before")
        if existence(HERE.domain) in seen:
            raise ValueError("hostile")

    def steady(_target, seen):
        yield one("steady")
        if one("steady") in seen:
            yield one("steadier")

    world = World()
    broken = standard(half_way if lazy else at_once, "broken")
    here, there = observed(world, broken, standard(steady, "steady"), listings=(HERE, THERE))
    for seen in (here, there):
        assert one("steadier") in seen
        assert one("before") in seen
    assert caplog.text.count("standard broken cannot say what it needs of a.nl") == 1


def test_cancelling_one_leaves_the_question_to_the_others():
    """A listing that is given up while a shared question is under way takes nothing from the other."""
    go = asyncio.Event()
    world = World()

    async def ask(need, attempt):
        if need == one("slow"):
            await go.wait()
        return await world(need, attempt)

    async def work():
        shared = Shared(ask)
        first, second = (asyncio.create_task(observe(listing, [fixed(one("slow"))], shared, 0)) for listing in (HERE, THERE))
        await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        go.set()
        return first.cancelled(), (await second).get(one("slow")).answer

    assert asyncio.run(work()) == (True, {})
    assert world.times(one("slow")) == [1]


def test_forgetting():
    """What only one listing asked, however often, is dropped; what two asked and every mail server stay known."""
    own, common, mail = one("own"), one("common"), Need("smtp", "192.0.2.1", "mx.test")
    world = World()

    async def work():
        shared = Shared(world)
        for need, users in ((own, (HERE, HERE)), (common, (HERE, THERE)), (mail, (HERE,))):
            for user in users:
                await shared.observe([need], user.domain)
        shared.forget(Observation(need, datetime.now(UTC), answer={}) for need in (own, common, mail))
        for need in (own, common, mail):
            await shared.observe([need], HERE.domain)

    asyncio.run(work())
    assert [len(world.times(need)) for need in (own, common, mail)] == [2, 1, 1]


def test_remembering():
    """What an earlier run asked is not asked again, each attempt by itself."""
    world = World()
    mail = Need("smtp", "192.0.2.1", "mx.test")
    known = Observation(mail, datetime.now(UTC), failure=Failure.REFUSED)

    async def work():
        shared = Shared(world)
        shared.remember([known, known])
        (first,), (second,) = await shared.observe([mail], HERE.domain), await shared.observe([mail], HERE.domain, 2)
        return first, second.answer

    assert asyncio.run(work()) == (known, {})
    assert world.times(mail) == [2]


def test_existence_is_asked_whatever_the_standards_want():
    """The question on which all standards rest is always asked, and once."""
    world = World()
    observed(world, fixed(), fixed(question(HERE.domain.name, "SOA")))
    assert world.times(existence(HERE.domain)) == [1]
