# SPDX-License-Identifier: EUPL-1.2
"""Ask what the standards need, given what is known, until they need nothing more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from meetlat.facts.dns import does_not_exist, existence
from meetlat.model.evidence import Evidence, Failure, Need, Observation
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role, Target

_log = logging.getLogger(__name__)

Ask = Callable[[Need, int], Awaitable[Observation]]

MAX_ROUNDS = 40
MAX_NEEDS = 400
# One hostile record makes its own standard undetermined, and not the whole domain.
MAX_NEEDS_OF_STANDARD = 200
CONFIRM_AFTER_SECONDS = 6.0
# What is asked of a mail server serves every domain behind it, so it is kept for the whole measurement.
OF_MAIL_SERVERS = frozenset({"smtp", "tls_smtp"})


@dataclass(slots=True)
class Shared:
    """The questions of a measurement that were asked or are being asked; an equal need is asked once, whoever asks."""

    ask: Ask
    _asked: dict[tuple[Need, int], asyncio.Future[Observation]] = field(default_factory=dict)
    _users: dict[tuple[Need, int], int] = field(default_factory=dict)

    def asked(self, need: Need, attempt: int = 1) -> asyncio.Future[Observation]:
        """Return the future of a need, asked now, before, or at this moment for somebody else. It is never to be cancelled."""
        key = (need, attempt)
        future = self._asked.get(key)
        if future is None:
            future = asyncio.ensure_future(self.ask(need, attempt))
            self._asked[key] = future
        self._users[key] = self._users.get(key, 0) + 1
        return future

    async def observe(self, needs: Iterable[Need], attempt: int = 1) -> list[Observation]:
        """Return the observations of needs, in their order."""
        futures = [self.asked(need, attempt) for need in needs]
        if waiting := [future for future in futures if not future.done()]:
            # And not gather: one listing that is given up must not take the question away from the others.
            await asyncio.wait(waiting)
        return [future.result() for future in futures]

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
            if observation.need.kind not in OF_MAIL_SERVERS and self._users.get(key, 0) <= 1:
                self._asked.pop(key, None)
                self._users.pop(key, None)


@dataclass(slots=True)
class _Course:
    """How far the fixed point of one listing is.

    ``settled``: who needs nothing more, until an answer changes: a standard reads no answers but those to its own needs.
    ``broken``: standards that could not say what they need; they are asked no more.
    """

    listing: Listing
    standards: tuple[Standard, ...]
    shared: Shared
    evidence: Evidence = field(default_factory=Evidence)
    rounds: int = 0
    asked: int = 0
    settled: set[tuple[str, Role]] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)


async def observe(
    listing: Listing, standards: Iterable[Standard], shared: Shared, confirm_after: float = CONFIRM_AFTER_SECONDS
) -> Evidence:
    """Collect the evidence for every target of a listing.

    After the fixed point everything that failed is asked once more, at least ``confirm_after`` seconds after the first time, and what
    follows from the new answers is asked as well.
    """
    course = _Course(listing, tuple(standards), shared)
    evidence = course.evidence
    await _settle(course)
    while doubtful := _doubtful(evidence):
        youngest = max(observation.at for observation in doubtful)
        age = (datetime.now(UTC) - youngest).total_seconds()
        # The clock on the wall may be set back meanwhile, so the wait has an upper limit too.
        await asyncio.sleep(min(max(0.0, confirm_after - age), confirm_after))
        for observation in await shared.observe((one.need for one in doubtful), attempt=2):
            evidence.add(observation)
        course.settled.clear()
        await _settle(course)
    return evidence


async def _settle(course: _Course) -> None:
    """Ask round after round until nothing new is needed, or too much was."""
    evidence = course.evidence
    while wanted := _wanted(course):
        course.rounds += 1
        if course.rounds > MAX_ROUNDS or course.asked + len(wanted) > MAX_NEEDS:
            _refuse(wanted, evidence, "too many questions for one domain")
            # And no further: what still follows from this was not asked, by us.
            return
        course.asked += len(wanted)
        for observation in await course.shared.observe(wanted):
            evidence.add(observation)


def _wanted(course: _Course) -> list[Need]:
    """Collect what is needed and not asked yet, in a fixed order; nothing of a domain that does not exist."""
    listing, evidence = course.listing, course.evidence
    if does_not_exist(listing.domain, evidence):
        return []
    # Asked beside the rest and not before it: a dead name server would otherwise cost its time-out twice.
    first = existence(listing.domain)
    wanted: set[Need] = set() if first in evidence else {first}
    too_many: set[Need] = set()
    for target in listing.targets():
        for standard in course.standards:
            if target.role not in standard.roles or (standard.id, target.role) in course.settled:
                continue
            needs = _needs(course, standard, target)
            missing = [need for need in needs if need not in evidence]
            is_greedy = len(needs) > MAX_NEEDS_OF_STANDARD and len(set(needs)) > MAX_NEEDS_OF_STANDARD
            (too_many if is_greedy else wanted).update(missing)
            if is_greedy or not missing:
                course.settled.add((standard.id, target.role))
    _refuse(too_many - wanted, evidence, "too many questions for one standard")
    return sorted(wanted)


def _refuse(needs: Iterable[Need], evidence: Evidence, why: str) -> None:
    """Write down that we do not ask; a second look will not either."""
    now = datetime.now(UTC)
    for need in needs:
        evidence.add(Observation(need, now, failure=Failure.OUR_LIMIT, detail=why, attempt=2))


def _needs(course: _Course, standard: Standard, target: Target) -> tuple[Need, ...]:
    """Ask a standard what it needs. A crash there is our failure: it is logged, and what was not asked stays undetermined."""
    if standard.needs is None or standard.id in course.broken:
        return ()
    try:
        return tuple(standard.needs(target, course.evidence))
    except Exception:  # noqa: BLE001 - one hostile record must not end a measurement of a whole government
        _log.exception("standard %s cannot say what it needs of %s", standard.id, target.domain)
        course.broken.add(standard.id)
        return ()


def _doubtful(evidence: Evidence) -> list[Observation]:
    """Return the observations that count now and deserve a second look that they have not had."""
    return [observation for observation in evidence.latest() if observation.attempt == 1 and observation.deserves_second_look]
