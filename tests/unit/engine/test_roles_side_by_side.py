# SPDX-License-Identifier: EUPL-1.2
"""The web and the mail of a domain are observed side by side: neither waits for the other, and mail begins."""

import asyncio

import pytest

from meetlat.engine.fixed_point import MAX_NEEDS_OF_STANDARD, Shared, observe
from meetlat.model.domain import Domain
from meetlat.model.evidence import Failure
from meetlat.model.target import Listing, Role
from meetlat.probes.resolver import goes_first
from tests.unit.engine.made_up_world import World, fixed, one, standard

BOTH = Listing(Domain("a.nl"), "A", "Gemeenten", (Role.WEB, Role.MAIL))


def chain(*names):
    """Make a needs function that asks one thing after the other."""

    def needs(_target, seen):
        for name in names:
            yield one(name)
            if seen.get(one(name)) is None:
                return

    return needs


@pytest.mark.parametrize(("slow", "quick"), [(Role.WEB, Role.MAIL), (Role.MAIL, Role.WEB)])
def test_one_role_does_not_wait_for_the_other(slow, quick):
    """What follows for mail is asked while a slow site is still waited for, and the other way round."""
    world, go = World(), asyncio.Event()

    async def ask(need, attempt):
        if need == one("slow 2"):
            await go.wait()
        if need == one("quick 3"):
            go.set()
        return await world(need, attempt)

    waits = standard(chain("slow 1", "slow 2"), "waits", (slow,))
    goes_on = standard(chain("quick 1", "quick 2", "quick 3"), "goes_on", (quick,))
    seen = asyncio.run(asyncio.wait_for(observe(BOTH, [waits, goes_on], Shared(ask), 0), 5))
    assert all(seen.get(one(name)).answer is not None for name in ("slow 1", "slow 2", "quick 1", "quick 2", "quick 3"))


def test_mail_begins():
    """The first questions for mail are asked before those for the web, for its servers are slow; what both need is asked once."""
    world = World()
    web, mail = standard(chain("web", "both"), "for_web"), standard(chain("both", "mail"), "for_mail", (Role.MAIL,))
    asyncio.run(observe(BOTH, [web, mail], Shared(world), 0))
    names = [need.subject for need, _ in world.asked]
    assert names.index("both") < names.index("web")
    assert len(names) == len(set(names))


def test_questions_for_mail_go_first():
    """Of a probe that is asked for mail, and not of one that is asked for the web, the questions go first."""
    seen = {}
    world = World()

    async def ask(need, attempt):
        seen[need.subject] = goes_first.get()
        return await world(need, attempt)

    asyncio.run(observe(BOTH, [fixed(one("web")), standard(chain("mail"), "for_mail", (Role.MAIL,))], Shared(ask), 0))
    assert (seen["mail"], seen["web"]) == (True, False)


@pytest.mark.parametrize("greedy", [Role.WEB, Role.MAIL])
def test_what_one_role_may_not_ask_another_may(greedy):
    """An answer that was got for one role stands, also when there were too many questions for the other."""

    def explodes(_target, _seen):
        yield from (one(f"{number:04}") for number in range(MAX_NEEDS_OF_STANDARD + 1))

    other = Role.MAIL if greedy is Role.WEB else Role.WEB
    seen = asyncio.run(
        observe(BOTH, [standard(explodes, "explodes", (greedy,)), standard(chain("0007"), "modest", (other,))], Shared(World()), 0)
    )
    assert seen.get(one("0007")).answer is not None
    assert seen.get(one("0008")).failure is Failure.OUR_LIMIT
