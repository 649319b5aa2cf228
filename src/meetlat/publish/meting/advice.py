# SPDX-License-Identifier: EUPL-1.2
"""Advice that follows from the figures by fixed rules; each rule is written beside its advice, so that it can be checked."""

from collections.abc import Iterator

from meetlat.analysis.share import Share
from meetlat.model.agreement import AgreementKind
from meetlat.model.target import Role
from meetlat.publish.meting.document import Advice
from meetlat.publish.meting.figures import AgreementFigures, Figures
from meetlat.publish.meting.wording import Wording, bounded, joined
from meetlat.publish.overview import GroupRow, RoleView, Row

ENOUGH = 95  # per cent of what was judged; a standard below it gets priority
MOST_STANDARDS = 3
LEAST_OF_GROUP = 10  # judged domains; of fewer a share says little
BEHIND = 5  # percentage points below the whole
UNKNOWN = 5  # per cent of what is applicable


def advices(figures: Figures, words: Wording) -> tuple[Advice, ...]:
    """Draw up every advice that the rules give."""
    return tuple(Advice(text, words.say(f"advice.{key}.rule")) for key, text in told_advice(figures, words))


def told_advice(figures: Figures, words: Wording) -> Iterator[tuple[str, str]]:
    """Yield every advice as a sentence, with the name of the rule that gave it."""
    for key, arguments in _advices(figures, words):
        yield key, words.say(f"advice.{key}.says", **arguments)


def _advices(figures: Figures, words: Wording) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the key of each advice with what fills it in."""
    if (worst := broken_agreement(figures)) is not None and (row := worst.whole) is not None:
        name = worst.agreement.names[words.language]
        share = words.percent(row.not_kept, row.share.judged)
        left_out = {"undetermined": row.share.undetermined, "not_applicable": row.share.not_applicable}
        yield "agreement", {"name": name, "not_kept": row.not_kept, "judged": row.share.judged, "percent": share, **left_out}
    if lowest := lowest_standards(figures):
        items = [
            words.say("advice.standard.item", standard=row.name, role=words.all_of(view.role), share=words.told(row.share))
            for view, row in lowest
        ]
        yield "standard", {"standards": joined(words, items)}
    for role in Role:
        if (group := lagging_group(figures, role)) is not None:
            shares = {"share": words.told(group.everything), "total": words.told(figures.everything(role))}
            yield "group", {"group": bounded(group.name), "role": words.all_of(role), **shares}
    if levers := figures.given.levers:
        lever = levers[0]
        shares = {"now": words.told(lever.now), "mended": words.told(lever.mended)}
        names = {"supplier": bounded(lever.supplier), "rule": lever.title, "standard": lever.standard_name}
        yield "lever", {**names, **shares, "domains": lever.domains}
    if (cause := next((one for one in figures.overview.causes if one.counts), None)) is not None:
        yield "rule", {"title": cause.title, "standard": cause.standard, "short": words.short(cause.share)}
    for role in Role:
        everything = figures.everything(role)
        asked = everything.judged + everything.undetermined
        if is_unknown(everything):
            percent = words.percent(everything.undetermined, asked)
            yield "unknown", {"role": words.all_of(role), "undetermined": everything.undetermined, "asked": asked, "percent": percent}


def broken_agreement(figures: Figures) -> AgreementFigures | None:
    """Return the agreement that binds and that most domains break; the list binds when something is bought, so it does not count."""
    binding = [
        one
        for one in figures.agreements
        if one.is_answered and one.whole and one.whole.not_kept and one.agreement.kind is not AgreementKind.PAS_TOE_OF_LEG_UIT
    ]
    return max(binding, key=lambda one: one.whole.not_kept if one.whole else 0, default=None)


def lowest_standards(figures: Figures) -> tuple[tuple[RoleView, Row], ...]:
    """Return the standards that count and of which too little complies, the lowest first."""
    found = [
        (view, row)
        for view in figures.overview.roles
        for row in view.rows
        if row.counts and row.share.judged and 100 * row.share.compliant < ENOUGH * row.share.judged
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].share.percentage_of_judged or 0)[:MOST_STANDARDS])


def lagging_group(figures: Figures, role: Role) -> GroupRow | None:
    """Return the group that is furthest behind the whole in a role, when it is behind enough to say so."""
    view = figures.role(role)
    total = view.everything.percentage_of_judged if view else None
    if view is None or total is None:
        return None
    large = [row for row in view.groups if row.everything.judged >= LEAST_OF_GROUP]
    lowest = min(large, key=lambda row: row.everything.percentage_of_judged or 0, default=None)
    if lowest is None or total - (lowest.everything.percentage_of_judged or 0) < BEHIND:
        return None
    return lowest


def is_unknown(share: Share) -> bool:
    """Whether too much could not be established."""
    return 100 * share.undetermined > UNKNOWN * (share.judged + share.undetermined)
