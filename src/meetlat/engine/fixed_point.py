# SPDX-License-Identifier: EUPL-1.2
"""Ask what the standards need, given what is known, until they need nothing more."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from meetlat.facts.dns import does_not_exist, existence
from meetlat.model.evidence import Evidence, Failure, Need, Observation
from meetlat.model.standard import Standard
from meetlat.model.target import Listing

Ask = Callable[[Need, int], Awaitable[Observation]]

MAX_ROUNDS = 24
MAX_NEEDS = 400
CONFIRM_AFTER_SECONDS = 6.0


@dataclass(slots=True)
class Shared:
    """The questions of a measurement that were asked or are being asked; an equal need is asked once, whoever asks."""

    ask: Ask
    _asked: dict[tuple[Need, int], asyncio.Future[Observation]] = field(default_factory=dict)
    _users: dict[tuple[Need, int], int] = field(default_factory=dict)

    async def observe(self, need: Need, attempt: int = 1) -> Observation:
        """Return the observation of a need, asked now, before, or at this moment for somebody else."""
        key = (need, attempt)
        future = self._asked.get(key)
        if future is None:
            future = asyncio.ensure_future(self.ask(need, attempt))
            self._asked[key] = future
        self._users[key] = self._users.get(key, 0) + 1
        # One listing that is given up must not take the question away from the others.
        return await asyncio.shield(future)

    def remember(self, observations: Iterable[Observation]) -> None:
        """Take over what an earlier run of the same measurement asked."""
        loop = asyncio.get_running_loop()
        for observation in observations:
            future: asyncio.Future[Observation] = loop.create_future()
            future.set_result(observation)
            self._asked.setdefault((observation.need, observation.attempt), future)

    def forget(self, observations: Iterable[Observation]) -> None:
        """Drop what only one listing needed, so that memory does not grow with the list. Mail servers are always kept."""
        for observation in observations:
            key = (observation.need, observation.attempt)
            if observation.need.kind != "smtp" and self._users.get(key, 0) <= 1:
                self._asked.pop(key, None)
                self._users.pop(key, None)


async def observe(
    listing: Listing, standards: Iterable[Standard], shared: Shared, confirm_after: float = CONFIRM_AFTER_SECONDS
) -> Evidence:
    """Collect the evidence for every target of a listing.

    After the fixed point everything that failed is asked once more, at least ``confirm_after`` seconds after the first time, and what
    follows from the new answers is asked as well.
    """
    standards = tuple(standards)
    evidence = Evidence()
    rounds = await _settle(listing, standards, shared, evidence, 0)
    while doubtful := _doubtful(evidence):
        youngest = max(observation.at for observation in doubtful)
        age = (datetime.now(UTC) - youngest).total_seconds()
        await asyncio.sleep(max(0.0, confirm_after - age))
        for observation in await asyncio.gather(*(shared.observe(observation.need, observation.attempt + 1) for observation in doubtful)):
            evidence.add(observation)
        rounds = await _settle(listing, standards, shared, evidence, rounds)
    return evidence


async def _settle(listing: Listing, standards: tuple[Standard, ...], shared: Shared, evidence: Evidence, rounds: int) -> int:
    """Ask round after round until nothing new is needed; return how many rounds there have been."""
    while wanted := _wanted(listing, standards, evidence):
        rounds += 1
        if rounds > MAX_ROUNDS or len(evidence) + len(wanted) > MAX_NEEDS:
            now = datetime.now(UTC)
            for need in wanted:
                evidence.add(Observation(need, now, failure=Failure.OUR_LIMIT, detail="too many questions for one domain", attempt=2))
            continue
        for observation in await asyncio.gather(*(shared.observe(need) for need in wanted)):
            evidence.add(observation)
    return rounds


def _wanted(listing: Listing, standards: tuple[Standard, ...], evidence: Evidence) -> list[Need]:
    """Collect what is needed and not asked yet, in a fixed order; nothing of a domain that does not exist."""
    first = existence(listing.domain)
    if first not in evidence:
        # All standards rest on it, and of a name that does not exist nothing else need be asked.
        return [first]
    if does_not_exist(listing.domain, evidence):
        return []
    wanted: set[Need] = set()
    for target in listing.targets():
        for standard in standards:
            if standard.needs is not None and target.role in standard.roles:
                wanted.update(need for need in standard.needs(target, evidence) if need not in evidence)
    return sorted(wanted)


def _doubtful(evidence: Evidence) -> list[Observation]:
    """Return the observations that count now and deserve a second look that they have not had."""
    return [observation for observation in evidence.latest() if observation.attempt == 1 and observation.deserves_second_look]
