# SPDX-License-Identifier: EUPL-1.2
"""What mending one requirement at one shared supplier would give, as the report says it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.leverage import Best, Lever, causes, narrowest
from meetlat.model.standard import Standard
from meetlat.publish.meting.figures import BestSuppliers, LeverFigures
from meetlat.publish.meting.wording import Wording
from meetlat.publish.overview import name_of, rule_guidance

LEAST_LIFTED = 2  # mending that helps one domain name is no shared cause
MOST_SUPPLIERS = 5
MOST_DOMAINS = 20_000  # beyond it, finding out takes longer than the report itself


def supplier_figures(
    folder: Path, standards: Mapping[str, Standard], words: Wording
) -> tuple[tuple[LeverFigures, ...], tuple[BestSuppliers, ...]]:
    """Return the suppliers who can be called, with what mending there gives, one by one and a few together. Raises MeasurementError."""
    known = causes(folder, standards)
    best = [found for figure in known.obstacles.shares if (found := known.best(figure, MOST_SUPPLIERS)).steps]
    best.sort(
        key=lambda one: (one.figure[0] not in COMPOSITES, one.now.compliant - one.mended.compliant, one.figure[0], one.figure[1].value)
    )
    return _levers(known.levers, standards, words), tuple(_best(one, standards, words) for one in best)


def _levers(known: Iterable[Lever], standards: Mapping[str, Standard], words: Wording) -> tuple[LeverFigures, ...]:
    """Choose the levers that can be pulled."""
    shared = (one for one in known if one.is_shared_cause and one.supply.kind.is_supplier and not one.is_own)
    found = [one for one in narrowest(shared) if one.lift.lifted >= LEAST_LIFTED]
    return tuple(_figures(one, standards, words) for one in sorted(found, key=lambda one: -one.lift.lifted))


def _best(best: Best, standards: Mapping[str, Standard], words: Wording) -> BestSuppliers:
    """Put the best suppliers for one figure in words."""
    key, role = best.figure
    if key in COMPOSITES:
        name = words.say(f"summary.{role.value}_all")
    else:
        name = words.say("advice.standard.of", standard=name_of(key, standards, words.language), role=words.all_of(role))
    return BestSuppliers(name, tuple(step.supply.name for step in best.steps), best.now, best.mended)


def _figures(lever: Lever, standards: Mapping[str, Standard], words: Wording) -> LeverFigures:
    """Put one lever in words."""
    return LeverFigures(
        kind=words.say(f"causes.kind_{lever.kind}"),
        supplier=lever.supply.name,
        standard=lever.standard,
        standard_name=name_of(lever.standard, standards, words.language),
        rule=lever.rule,
        title=rule_guidance(lever.standard, lever.rule, standards, words.language).title.rstrip("."),
        role=words.role(lever.role),
        domains=lever.lift.lifted,
        now=lever.lift.now,
        mended=lever.lift.mended,
    )
