# SPDX-License-Identifier: EUPL-1.2
"""What mending one requirement at one shared supplier would give, as the report says it."""

from collections.abc import Mapping
from pathlib import Path

from meetlat.analysis.leverage import Lever, levers, narrowest
from meetlat.model.standard import Standard
from meetlat.publish.meting.figures import LeverFigures
from meetlat.publish.meting.wording import Wording
from meetlat.publish.overview import name_of, rule_guidance

LEAST_LIFTED = 2  # mending that helps one domain name is no shared cause
MOST_DOMAINS = 20_000  # beyond it, finding out takes longer than the report itself


def lever_figures(folder: Path, standards: Mapping[str, Standard], words: Wording) -> tuple[LeverFigures, ...]:
    """Return the suppliers who can be called, with what mending there gives, the most first. Raises MeasurementError."""
    shared = (one for one in levers(folder, standards) if one.is_shared_cause and one.supply.kind.is_supplier and not one.is_own)
    found = [one for one in narrowest(shared) if one.lift.lifted >= LEAST_LIFTED]
    return tuple(_figures(one, standards, words) for one in sorted(found, key=lambda one: -one.lift.lifted))


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
