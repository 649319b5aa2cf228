# SPDX-License-Identifier: EUPL-1.2
"""Ask what the standards need, given what is known, until they need nothing more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from meetlat.facts.dns import does_not_exist, existence
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Need, Observation
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role, Target
from meetlat.probes.resolver import goes_first

_log = logging.getLogger(__name__)

Ask = Callable[[Need, int], Awaitable[Observation]]

MAX_ROUNDS = 40
MAX_NEEDS = 400  # for the web or the mail of a domain
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
    # The one listing that asked, or None when there were several.
    _users: dict[tuple[Need, int], Domain | None] = field(default_factory=dict)

    def asked(self, need: Need, attempt: int, user: Domain) -> asyncio.Future[Observation]:
        """Return the future of a need, asked now, before, or at this moment for somebody else. It is never to be cancelled."""
        key = (need, attempt)
        future = self._asked.get(key)
        if future is None:
            future = asyncio.ensure_future(self.ask(need, attempt))
            self._asked[key] = future
        if self._users.setdefault(key, user) is not user:
            self._users[key] = None
        return future

    async def observe(self, needs: Iterable[Need], user: Domain, attempt: int = 1) -> list[Observation]:
        """Return the observations of needs, in their order, for a listing of this domain."""
        futures = [self.asked(need, attempt, user) for need in needs]
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
            had_several = key in self._users and self._users[key] is None
            if observation.need.kind not in OF_MAIL_SERVERS and not had_several:
                self._asked.pop(key, None)
                self._users.pop(key, None)


@dataclass(slots=True)
class _Course:
    """How far the fixed point of one target is.

    ``settled``: who needs nothing more, until an answer changes: a standard reads no answers but those to its own needs.
    ``broken``: standards that could not say what they need; they are asked no more.
    """

    target: Target
    standards: tuple[Standard, ...]
    shared: Shared
    evidence: Evidence = field(default_factory=Evidence)
    rounds: int = 0
    asked: int = 0
    settled: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    refused: set[Need] = field(default_factory=set)  # for there were too many
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)  # its first round is over


async def observe(
    listing: Listing, standards: Iterable[Standard], shared: Shared, confirm_after: float = CONFIRM_AFTER_SECONDS
) -> Evidence:
    """Collect the evidence for every target of a listing.

    After the fixed point everything that failed is asked once more, at least ``confirm_after`` seconds after the first time, and what
    follows from the new answers is asked as well. The web does not wait for slow mail, nor mail for a slow site; but mail begins: its
    servers are asked once a second, so its questions to the resolver go first.
    """
    known = tuple(standards)
    targets = sorted(listing.targets(), key=lambda target: target.role is not Role.MAIL)
    courses = [_Course(target, tuple(one for one in known if target.role in one.roles), shared) for target in targets]
    async with asyncio.TaskGroup() as group:
        for before, course in zip((None, *courses), courses, strict=False):
            group.create_task(_run(course, before, confirm_after))
    return _together(courses)


async def _run(course: _Course, before: _Course | None, confirm_after: float) -> None:
    """Collect the evidence for one target, when the first round of the one before it is over."""
    goes_first.set(course.target.role is Role.MAIL)
    if before is not None:
        await before.has_begun.wait()
    evidence, domain = course.evidence, course.target.domain
    await _settle(course)
    while doubtful := _doubtful(evidence):
        youngest = max(observation.at for observation in doubtful)
        age = (datetime.now(UTC) - youngest).total_seconds()
        # The clock on the wall may be set back meanwhile, so the wait has an upper limit too.
        await asyncio.sleep(min(max(0.0, confirm_after - age), confirm_after))
        for observation in await course.shared.observe((one.need for one in doubtful), domain, attempt=2):
            evidence.add(observation)
        course.settled.clear()
        await _settle(course)


def _together(courses: Sequence[_Course]) -> Evidence:
    """Put the evidence for all targets of a listing together; what one may not ask any more, another may have asked."""
    answered = {observation.need for course in courses for observation in course.evidence if observation.answer is not None}
    return Evidence(
        observation
        for course in courses
        for observation in course.evidence
        if observation.need not in course.refused or observation.need not in answered
    )


async def _settle(course: _Course) -> None:
    """Ask round after round until nothing new is needed, or too much was."""
    evidence = course.evidence
    while wanted := _wanted(course):
        course.rounds += 1
        if course.rounds > MAX_ROUNDS or course.asked + len(wanted) > MAX_NEEDS:
            _refuse(course, wanted, "too many questions for one domain")
            # And no further: what still follows from this was not asked, by us.
            break
        course.asked += len(wanted)
        for observation in await course.shared.observe(wanted, course.target.domain):
            evidence.add(observation)
        course.has_begun.set()
    course.has_begun.set()


def _wanted(course: _Course) -> list[Need]:
    """Collect what is needed and not asked yet, in a fixed order; nothing of a domain that does not exist."""
    domain, evidence = course.target.domain, course.evidence
    if does_not_exist(domain, evidence):
        return []
    # Asked beside the rest and not before it: a dead name server would otherwise cost its time-out twice.
    first = existence(domain)
    wanted: set[Need] = set() if first in evidence else {first}
    too_many: set[Need] = set()
    for standard in course.standards:
        if standard.id in course.settled:
            continue
        needs = _needs(course, standard)
        missing = [need for need in needs if need not in evidence]
        is_greedy = len(needs) > MAX_NEEDS_OF_STANDARD and len(set(needs)) > MAX_NEEDS_OF_STANDARD
        (too_many if is_greedy else wanted).update(missing)
        if is_greedy or not missing:
            course.settled.add(standard.id)
    _refuse(course, too_many - wanted, "too many questions for one standard")
    return sorted(wanted)


def _refuse(course: _Course, needs: Iterable[Need], why: str) -> None:
    """Write down that we do not ask; a second look will not either."""
    now = datetime.now(UTC)
    for need in needs:
        course.refused.add(need)
        course.evidence.add(Observation(need, now, failure=Failure.OUR_LIMIT, detail=why, attempt=2))


def _needs(course: _Course, standard: Standard) -> tuple[Need, ...]:
    """Ask a standard what it needs. A crash there is our failure: it is logged, and what was not asked stays undetermined."""
    if standard.needs is None or standard.id in course.broken:
        return ()
    try:
        return tuple(standard.needs(course.target, course.evidence))
    except Exception:  # noqa: BLE001 - one hostile record must not end a measurement of a whole government
        _log.exception("standard %s cannot say what it needs of %s", standard.id, course.target.domain)
        course.broken.add(standard.id)
        return ()


def _doubtful(evidence: Evidence) -> list[Observation]:
    """Return the observations that count now and deserve a second look that they have not had."""
    return [observation for observation in evidence.latest() if observation.attempt == 1 and observation.deserves_second_look]
