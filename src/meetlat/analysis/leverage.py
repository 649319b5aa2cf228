# SPDX-License-Identifier: EUPL-1.2
"""What domains that fall short have in common, and what mending that once would give."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from meetlat.analysis.blockades import Blockade, Figure, Obstacles, obstacles, opened
from meetlat.analysis.database import query
from meetlat.analysis.hosting import Supply, SupplyKind
from meetlat.analysis.share import Share
from meetlat.model.standard import Standard
from meetlat.model.target import Role

# Fewer than three domains that break the same rule at the same place say nothing; a supplier of which most domains keep a rule is not
# what makes the others break it; nor is one at which the rule is broken no more often than anywhere. docs/method/causes.md says why.
MIN_DOMAINS = 3
MIN_PERCENT = 50

_USES = pa.schema([("domain", pa.string()), ("supply", pa.int32())])
_TOUCHED = pa.schema([("domain", pa.string()), ("role", pa.string()), ("rule", pa.string()), ("supply", pa.int32())])
_NO_NAMES: Mapping[str, str] = {}
# Of things that explain the same domains equally well: who can be called first.
_ORDER = (SupplyKind.SUPPLIER, SupplyKind.HOST, SupplyKind.NETWORK, SupplyKind.PREFIX)


@dataclass(frozen=True, slots=True)
class Lift:
    """What mending does to one figure: the domains that come to comply, and the share now and then.

    ``held_back`` break more than this; of ``uncertain`` something else could not be judged. Both stay where they are in ``mended``.
    """

    figure: Figure
    lifted: int
    held_back: int
    uncertain: int
    now: Share
    mended: Share

    @property
    def points(self) -> float:
        """How many percentage points of what was judged it gives."""
        return 100 * self.lifted / self.now.judged if self.now.judged else 0.0


@dataclass(frozen=True, slots=True)
class Lever:
    """One rule that at least three domains break at something that they share.

    Of the domains that use it: ``failing`` break the rule there (``domains``, of so many organisations), ``elsewhere`` break it only
    elsewhere, ``complying`` keep it, of ``undetermined`` that is not known, and for ``not_applicable`` there was nothing to judge.
    Of the domains that do not use it ``others_failing`` break the rule, out of ``others_known``.
    ``is_own``: only organisations that host it themselves use it. ``composite`` is the lift of the composite that the standard counts in.
    """

    supply: Supply
    is_own: bool
    role: Role
    standard: str
    rule: str
    failing: int
    organisations: int
    elsewhere: int
    complying: int
    undetermined: int
    not_applicable: int
    others_failing: int
    others_known: int
    domains: tuple[str, ...]
    lift: Lift
    composite: Lift | None

    @property
    def uses(self) -> int:
        """How many domains of the measurement that were judged in the role use it."""
        return self.failing + self.elsewhere + self.complying + self.undetermined + self.not_applicable

    @property
    def is_shared_cause(self) -> bool:
        """Whether at least half of those of which it is known break the rule there, and more than of all others; or it is coincidence."""
        known = self.failing + self.elsewhere + self.complying
        is_more = not self.others_known or self.failing * self.others_known > self.others_failing * known
        return self.failing >= MIN_DOMAINS and 100 * self.failing >= MIN_PERCENT * known and is_more

    @property
    def kind(self) -> str:
        """What kind of supplier or thing it is: web, mail, dns or as for suppliers; address, mx_host, name_servers or prefix for things."""
        return kind_of(self.supply)


@dataclass(frozen=True, slots=True)
class Step:
    """One more supplier mended: which rules, which domains that brings to comply, and the share after it."""

    supply: Supply
    rules: tuple[str, ...]
    lifted: int
    after: Share


@dataclass(frozen=True, slots=True)
class Best:
    """The suppliers whose mending gives most for a figure, chosen one by one, and the share before and after."""

    figure: Figure
    now: Share
    steps: tuple[Step, ...]

    @property
    def mended(self) -> Share:
        """The share after the last step."""
        return self.steps[-1].after if self.steps else self.now


@dataclass(frozen=True, slots=True)
class Causes:
    """The levers of a measurement, with what they were worked out from."""

    obstacles: Obstacles
    levers: tuple[Lever, ...]

    def best(self, figure: Figure, count: int = 5) -> Best:
        """Choose the suppliers whose mending gives most for a figure: each time the one that adds most to what was chosen before.

        Of a supplier only the rules are mended of which it is the shared cause. Ties go to the first by name.
        """
        candidates = self._candidates(figure)
        chosen: list[Step] = []
        mended: set[tuple[Supply, str]] = set()
        lifted: set[str] = set()
        now = self.obstacles.shares.get(figure, Share(0, 0, 0, 0))
        while candidates and len(chosen) < count:
            gains = {supply: self._gained(figure, supply, rules, mended, lifted) for supply, rules in candidates.items()}
            supply = min(gains, key=lambda one: (-len(gains[one]), one.key))
            if not gains[supply]:
                break
            rules = candidates.pop(supply)
            mended |= {(supply, rule) for rule in rules}
            lifted |= gains[supply]
            chosen.append(Step(supply, tuple(sorted(rules)), len(gains[supply]), _raised(now, len(lifted))))
        return Best(figure, now, tuple(chosen))

    def _candidates(self, figure: Figure) -> dict[Supply, set[str]]:
        """Return the suppliers that are the shared cause of something that counts in a figure, with those rules."""
        standards = self.obstacles.members.get(figure[0], (figure[0],))
        found: dict[Supply, set[str]] = defaultdict(set)
        for lever in self.levers:
            if lever.standard in standards and lever.role is figure[1] and lever.is_shared_cause and _can_be_called(lever):
                found[lever.supply].add(lever.rule)
        return dict(found)

    def _gained(
        self, figure: Figure, supply: Supply, rules: Collection[str], mended: Collection[tuple[Supply, str]], lifted: Collection[str]
    ) -> set[str]:
        """Return the domains that come to comply when this supplier is mended too."""
        together = {*mended, *((supply, rule) for rule in rules)}
        touched = {domain for lever in self.levers if lever.supply == supply and lever.role is figure[1] for domain in lever.domains}
        known = ((domain, self.obstacles.blockades.get((domain, figure))) for domain in touched if domain not in lifted)
        return {domain for domain, one in known if one is not None and not one.has_gaps and one.gives_way(together)}


def causes(folder: Path, standards: Mapping[str, Standard], names: Mapping[str, str] = _NO_NAMES) -> Causes:
    """Work out what domains that fall short have in common. Raises MeasurementError.

    ``names`` maps registrable domains and AS numbers to the name of who is behind them.
    """
    with opened(folder, standards) as connection:
        return causes_of(connection, obstacles(connection, folder, standards, names))


def levers(folder: Path, standards: Mapping[str, Standard], names: Mapping[str, str] = _NO_NAMES) -> tuple[Lever, ...]:
    """List the levers of a measurement, those that lift most domains first. Raises MeasurementError."""
    return causes(folder, standards, names).levers


def causes_of(connection: duckdb.DuckDBPyConnection, known: Obstacles) -> Causes:
    """Work the levers out of obstacles that were read."""
    touched = _touched(known.blockades.values())
    shared = {key: domains for key, domains in touched.items() if len(domains) >= MIN_DOMAINS}
    numbers = {supply: number for number, supply in enumerate(dict.fromkeys(supply for supply, *_ in shared))}
    is_own: dict[Supply, bool] = dict.fromkeys(numbers, True)
    uses = []
    for hosting in known.hostings.values():
        for use in hosting.uses:
            if use.supply in numbers:
                uses.append((hosting.domain, numbers[use.supply]))
                is_own[use.supply] = is_own[use.supply] and use.is_own
    places = [(domain, role.value, rule, numbers[supply]) for (supply, role, rule), domains in shared.items() for domain in domains]
    connection.register("uses", _table(uses, _USES))
    connection.register("touched", _table(places, _TOUCHED))
    supplies = list(numbers)
    rows = connection.execute(query("levers")).fetchall()
    found = [_lever(known, supplies[number], row, shared, is_own) for number, *row in rows]
    return Causes(known, tuple(sorted(found, key=_place)))


def _lever(
    known: Obstacles,
    supply: Supply,
    row: Sequence[Any],
    shared: Mapping[tuple[Supply, Role, str], Collection[str]],
    is_own: Mapping[Supply, bool],
) -> Lever:
    """Make a lever of a row of levers.sql."""
    role_, standard, rule, failing, organisations, elsewhere, complying, undetermined, not_applicable, others_failing, others_known = row
    role = Role(role_)
    domains = tuple(sorted(shared[supply, role, rule]))
    figures = ((name, role) for name, members in known.members.items() if standard in members)
    composite = next((figure for figure in figures if figure in known.shares), None)
    return Lever(
        supply=supply,
        is_own=is_own[supply],
        role=role,
        standard=standard,
        rule=rule,
        failing=failing,
        organisations=organisations,
        elsewhere=elsewhere,
        complying=complying,
        undetermined=undetermined,
        not_applicable=not_applicable,
        others_failing=others_failing,
        others_known=others_known,
        domains=domains,
        lift=_lift(known, (standard, role), supply, rule, domains),
        composite=_lift(known, composite, supply, rule, domains) if composite is not None else None,
    )


def narrowest(found: Iterable[Lever]) -> tuple[Lever, ...]:
    """Of levers that explain the very same domains, keep one: that with the least evidence against it, then who can be called."""
    kept: dict[tuple[Role, str, tuple[str, ...]], Lever] = {}
    for lever in found:
        key = (lever.role, lever.rule, lever.domains)
        known = kept.get(key)
        if known is None or _tightness(lever) < _tightness(known):
            kept[key] = lever
    return tuple(sorted(kept.values(), key=_place))


def kind_of(supply: Supply) -> str:
    """Say what kind of supplier or thing something is."""
    match supply.kind:
        case SupplyKind.SUPPLIER:
            return supply.layer.value
        case SupplyKind.NETWORK:
            return "as"
        case SupplyKind.PREFIX:
            return "prefix"
        case SupplyKind.HOST:
            return {"web": "address", "mail": "mx_host", "dns": "name_servers"}[supply.layer.value]


def _can_be_called(lever: Lever) -> bool:
    """Whether somebody else than the organisations themselves stands behind it."""
    return lever.supply.kind.is_supplier and not lever.is_own


def _tightness(lever: Lever) -> tuple[int, int, tuple[str, str, str]]:
    """Return what is least for the lever that explains best."""
    return lever.complying + lever.elsewhere, _ORDER.index(lever.supply.kind), lever.supply.key


def _place(lever: Lever) -> tuple[object, ...]:
    """Return what levers are sorted by: shared causes, those of others than the organisations, what they lift, how many fail."""
    gain = (-lever.lift.lifted, -lever.failing)
    return not lever.is_shared_cause, lever.is_own, *gain, lever.supply.key, lever.role.value, lever.standard, lever.rule


def _touched(blockades: Iterable[Blockade]) -> dict[tuple[Supply, Role, str], set[str]]:
    """Gather which domains break which rule at what."""
    found: dict[tuple[Supply, Role, str], set[str]] = defaultdict(set)
    for blockade in blockades:
        role = blockade.figure[1]
        for violation in blockade.violations:
            for supply in violation.supplies:
                found[supply, role, violation.rule].add(blockade.domain)
    return dict(sorted(found.items(), key=lambda item: (item[0][0].key, item[0][1].value, item[0][2])))


def _lift(known: Obstacles, figure: Figure, supply: Supply, rule: str, domains: Sequence[str]) -> Lift:
    """Work out what mending one rule at one place does to a figure."""
    mended = {(supply, rule)}
    lifted = uncertain = 0
    for domain in domains:
        blockade = known.blockades[domain, figure]
        if blockade.gives_way(mended):
            uncertain += blockade.has_gaps
            lifted += not blockade.has_gaps
    now = known.shares[figure]
    return Lift(figure, lifted, len(domains) - lifted - uncertain, uncertain, now, _raised(now, lifted))


def _raised(now: Share, lifted: int) -> Share:
    """Return a share in which so many of those that fall short comply; all else stays as it is."""
    return Share(now.compliant + lifted, now.judged, now.undetermined, now.not_applicable)


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Make a table of rows."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)
