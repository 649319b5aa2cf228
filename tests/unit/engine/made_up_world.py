# SPDX-License-Identifier: EUPL-1.2
"""A made-up network, and standards that need what a test says."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

from meetlat.engine.fixed_point import Shared, observe
from meetlat.model.domain import Domain
from meetlat.model.evidence import Failure, Need, Observation
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role

HERE = Listing(Domain("a.nl"), "A", "Gemeenten", (Role.WEB,))
THERE = Listing(Domain("b.nl"), "B", "Gemeenten", (Role.WEB,))
EXISTS = {"rcode": "NOERROR", "security": "secure", "records": [], "ede": []}
GONE = {"rcode": "NXDOMAIN", "security": "secure", "records": [], "ede": []}


def standard(needs, name="made_up", roles=(Role.WEB,)):
    """Make a standard that needs what a function says."""
    norm = Norm(name, "2020-01", date(2020, 1, 1), None, "", {}, {}, {})
    return Standard(name, {}, {}, {}, roles, (), {}, (norm,), needs, {}, Path())


def fixed(*needs):
    """Make a standard that needs the same whatever is known."""
    return standard(lambda _target, _seen: needs)


def one(name):
    """Return a made-up need."""
    return Need("made_up", name)


class World:
    """Answers every need at once: with what a table says for it (per attempt), else with an empty answer. Counts the questions."""

    def __init__(self, table=None):
        self.table = table or {}
        self.asked = []

    async def __call__(self, need, attempt):
        """Answer."""
        self.asked.append((need, attempt))
        await asyncio.sleep(0)
        come = self.table.get(need, EXISTS if need.detail == "SOA" else {})
        if isinstance(come, list):
            come = come[min(attempt, len(come)) - 1]
        if isinstance(come, Failure):
            return Observation(need, datetime.now(UTC), failure=come, attempt=attempt)
        return Observation(need, datetime.now(UTC), answer=come, attempt=attempt)

    def times(self, need):
        """Return which attempts were made for a need."""
        return [attempt for asked, attempt in self.asked if asked == need]


def observed(world, *standards, listings=(HERE,)):
    """Observe listings together, without waiting before the second look."""

    async def work():
        shared = Shared(world)
        return await asyncio.gather(*(observe(listing, standards, shared, 0) for listing in listings))

    seen = asyncio.run(work())
    return seen[0] if len(listings) == 1 else seen
