# SPDX-License-Identifier: EUPL-1.2
"""What there is to mend, for the people who see to it that it is: a task per domain, role and standard, what gives most first."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from meetlat.analysis.blockades import AlsoSeen, Blockade, Obstacles, Violation, obstacles, opened
from meetlat.analysis.database import query
from meetlat.analysis.hosting import Hosting
from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.leverage import Causes, Lever, causes_of, narrowest
from meetlat.facts import security_txt, web
from meetlat.model.agreement import Agreement
from meetlat.model.evidence import Evidence, Need
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.store.manifest import Manifest, read_manifest

_NO_NAMES: Mapping[str, str] = {}
# What can be shown and followed safely: three schemes, only characters of a URI, not longer than an address needs to be.
_CONTACT = re.compile(r"(?:mailto:|https://|tel:)[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,190}", re.IGNORECASE)

Key = tuple[str, Role, str]


class NotEarlierError(Exception):
    """A measurement that was given as an earlier one is not earlier."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} was not finished before the measurement itself; give an earlier one.")


@dataclass(frozen=True, slots=True)
class Shared:
    """The shared cause of a task: the rule and who shares it, how many other domains do, and the points that mending it once gives."""

    lever: Lever
    others: int

    @property
    def points(self) -> float:
        """How many percentage points of what was judged it gives."""
        return self.lever.lift.points

    @property
    def composite_points(self) -> float:
        """How many percentage points it gives of the composite."""
        return self.lever.composite.points if self.lever.composite is not None else 0.0


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement that asks it and binds first, the moment it names, and whether that has passed."""

    agreement: Agreement
    moment: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One standard that a domain does not comply with in a role.

    ``points`` are percentage points of what was judged that this domain adds to the standard once it complies, and ``composite_points``
    to the composite, which is 0 unless this is the last thing in its way. ``is_certain`` is False when something else of the standard
    could not be judged. ``since`` is the day of the first of the measurements in a row that show it; None without earlier ones.
    """

    domain: str
    organisation: str
    group: str
    role: Role
    standard: str
    violations: tuple[Violation, ...]
    since: date | None
    is_new: bool
    shared: Shared | None
    contact: str
    points: float
    composite: str
    composite_points: float
    is_certain: bool
    agreed: Agreed | None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are broken, each once."""
        return tuple(dict.fromkeys(violation.rule for violation in self.violations))

    @property
    def gain(self) -> float:
        """What the list is sorted by: the points on the standard and on the composite, of this domain or of all who share the cause."""
        shared = self.shared.points + self.shared.composite_points if self.shared else 0.0
        return max(self.points + self.composite_points, shared)

    @property
    def is_last_obstacle(self) -> bool:
        """Whether the domain keeps everything of its composite once this is mended."""
        return self.composite_points > 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a work list is made with besides the measurement: earlier ones, agreements and the day to look at, names of suppliers."""

    earlier: tuple[Path, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    day: date | None = None
    names: Mapping[str, str] | None = None


_NOTHING_ASKED = Asked()


def tasks(folder: Path, standards: Mapping[str, Standard], asked: Asked = _NOTHING_ASKED) -> tuple[Task, ...]:
    """List what there is to mend, what gives most first. Raises MeasurementError, and NotEarlierError."""
    manifest = read_manifest(folder)
    history = _history(manifest, asked.earlier)
    day = asked.day or manifest.finished.date()
    with opened(folder, standards) as connection:
        contacts = _Contacts(_files(connection), day)
        known = obstacles(connection, folder, standards, asked.names or _NO_NAMES, AlsoSeen(contacts.subjects, contacts.see, words=True))
        causes = causes_of(connection, known)
    making = _Making(causes, contacts.found, history, manifest.finished.date(), asked.agreements, day)
    return tuple(sorted(making.tasks(), key=_place))


def _place(task: Task) -> tuple[object, ...]:
    """Return what tasks are sorted by: gain, then what is overdue, then how many share the cause, then the names."""
    shared = task.shared
    cause = (-shared.others, *shared.lever.supply.key) if shared else (0, "", "", "")
    is_overdue = task.agreed is not None and task.agreed.is_overdue
    return -round(task.gain, 6), not is_overdue, *cause, task.organisation, task.domain, task.role.value, task.standard


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes the tasks out of everything that is known."""

    causes: Causes
    contacts: Mapping[str, str]
    history: Sequence[tuple[date, frozenset[Key]]]
    measured: date
    agreements: tuple[Agreement, ...]
    day: date

    def tasks(self) -> Iterator[Task]:
        """Yield every task, in no order."""
        levers = _levers_by_place(self.causes.levers)
        for (domain, figure), blockade in self.causes.obstacles.blockades.items():
            if figure[0] not in COMPOSITES:
                yield self._task(self.causes.obstacles.hostings[domain], blockade, levers)

    def _task(self, hosting: Hosting, blockade: Blockade, levers: Mapping[tuple[str, Role, str], Lever]) -> Task:
        """Make one task."""
        standard, role = blockade.figure
        since = self._since((hosting.domain, role, standard))
        composite, composite_points = self._composite(hosting.domain, role, standard)
        return Task(
            domain=hosting.domain,
            organisation=hosting.organisation,
            group=hosting.group,
            role=role,
            standard=standard,
            violations=blockade.violations,
            since=since,
            is_new=since == self.measured,
            shared=_shared(hosting.domain, role, blockade, levers),
            contact=self.contacts.get(hosting.domain, ""),
            points=0.0 if blockade.has_gaps else _points(self.causes.obstacles, blockade),
            composite=composite,
            composite_points=composite_points,
            is_certain=not blockade.has_gaps,
            agreed=self._agreed(hosting.group, role, standard),
        )

    def _composite(self, domain: str, role: Role, standard: str) -> tuple[str, float]:
        """Return the composite that the standard counts in for this role, and the points when nothing else is in its way."""
        known = self.causes.obstacles
        for name, members in known.members.items():
            if COMPOSITES[name] is role and standard in members:
                blockade = known.blockades[domain, (name, role)]
                is_last = not blockade.has_gaps and {violation.standard for violation in blockade.violations} == {standard}
                return name, _points(known, blockade) if is_last else 0.0
        return "", 0.0

    def _since(self, key: Key) -> date | None:
        """Return the day of the first of the measurements in a row, this one last, in which it falls short."""
        if not self.history:
            return None
        since = self.measured
        for day, failing in self.history:
            if key not in failing:
                break
            since = day
        return since

    def _agreed(self, group: str, role: Role, standard: str) -> Agreed | None:
        """Return the agreement that asks it of this group and binds first; None when there is none."""
        asking = [
            agreement
            for agreement in self.agreements
            if agreement.is_made(self.day)
            and agreement.covers(group)
            and any(ask.standard == standard and ask.role is role for ask in agreement.asks)
        ]
        first = min(asking, key=lambda agreement: (_moment(agreement), agreement.id), default=None)
        return None if first is None else Agreed(first, str(first.by or first.in_force), first.binds(self.day))


def _moment(agreement: Agreement) -> date:
    """Return the last day that it can be from which an agreement binds."""
    moment = agreement.by or agreement.in_force or agreement.agreed
    return moment.last


def _points(known: Obstacles, blockade: Blockade) -> float:
    """Return how many percentage points one domain is of a figure."""
    judged = known.shares[blockade.figure].judged
    return 100 / judged if judged else 0.0


def _levers_by_place(found: Sequence[Lever]) -> Mapping[tuple[str, Role, str], Lever]:
    """Map each domain, role and rule to the shared cause that explains it best: that which lifts most."""
    shared = narrowest(lever for lever in found if lever.is_shared_cause)
    best: dict[tuple[str, Role, str], Lever] = {}
    for lever in shared:  # sorted: what lifts most comes first
        for domain in lever.domains:
            best.setdefault((domain, lever.role, lever.rule), lever)
    return best


def _shared(domain: str, role: Role, blockade: Blockade, levers: Mapping[tuple[str, Role, str], Lever]) -> Shared | None:
    """Return the shared cause of what a domain breaks; of several that which lifts most."""
    found = [lever for violation in blockade.violations if (lever := levers.get((domain, role, violation.rule))) is not None]
    best = min(found, key=lambda lever: (-lever.lift.lifted, -lever.failing, lever.supply.key, lever.rule), default=None)
    return None if best is None else Shared(best, best.failing - 1)


def _history(manifest: Manifest, earlier: Sequence[Path]) -> list[tuple[date, frozenset[Key]]]:
    """Read what fell short in earlier measurements, the latest of those first."""
    found = []
    for folder in earlier:
        before = read_manifest(folder)
        if before.finished >= manifest.finished:
            raise NotEarlierError(folder)
        found.append((before.finished, folder))
    return [(finished.date(), _failing(folder)) for finished, folder in sorted(found, reverse=True)]


def _failing(folder: Path) -> frozenset[Key]:
    """Read what fell short in a measurement."""
    with opened(folder, {}) as connection:
        rows = connection.execute(query("failing_verdicts")).fetchall()
    return frozenset((domain, Role(role), standard) for domain, role, standard in rows)


def _files(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Need]:
    """Map each domain with a valid security.txt to the question whose answer holds it."""
    rows = connection.execute(query("contacts")).fetchall()
    return {domain: Need(needs[-1]["kind"], needs[-1]["subject"], needs[-1]["detail"]) for domain, needs in rows if needs}


class _Contacts:
    """Reads whom to write to out of each valid security.txt that has not expired on a day."""

    def __init__(self, files: Mapping[str, Need], day: date) -> None:
        self._domains: dict[Need, list[str]] = defaultdict(list)  # two names can lead to one file
        for domain, need in files.items():
            self._domains[need].append(domain)
        self._day = day
        self.subjects: Collection[str] = sorted({need.subject for need in files.values()})
        self.found: dict[str, str] = {}

    def see(self, seen: Evidence) -> None:
        """Read the files in the evidence of one shard."""
        for observation in seen.latest():
            if observation.need not in self._domains:
                continue
            response = web.response(observation.need, seen)
            if response is not None and (contact := self._contact(response.body)):
                self.found |= dict.fromkeys(self._domains[observation.need], contact)

    def _contact(self, body: str) -> str:
        """Return the first contact that can be shown; empty when there is none, or the file has expired."""
        document = security_txt.parse(body)
        moments: list[datetime | None] = [security_txt.read_time(value) for value in document.values("expires")]
        if len(moments) != 1 or moments[0] is None or moments[0].date() <= self._day:
            return ""
        return next((value for value in document.values("contact") if _CONTACT.fullmatch(value)), "")
