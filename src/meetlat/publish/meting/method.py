# SPDX-License-Identifier: EUPL-1.2
"""Chapter 11: how it was measured, what the percentages are of, what could not be established, and what to be careful with."""

from collections.abc import Iterator

from meetlat.model.target import Role
from meetlat.publish.meting.document import (
    Block,
    Bullets,
    Cell,
    Chapter,
    Column,
    Facts,
    Files,
    Heading,
    Line,
    Paragraph,
    Style,
    Table,
    columns,
)
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.references import reference
from meetlat.publish.meting.wording import DASH, Wording


def method_chapter(figures: Figures, words: Wording, number: int, files: Files) -> Chapter:
    """Say how it was measured and where that ends."""
    return Chapter("method", number, words.say("method.title"), tuple(_blocks(figures, words, files)))


def _blocks(figures: Figures, words: Wording, files: Files) -> Iterator[Block]:
    """Yield the method piece by piece."""
    yield Paragraph(words.say("method.how"))
    yield _norms(figures, words)
    yield Heading(words.say("method.percent_heading"))
    yield Paragraph(words.say("method.percent"))
    yield Paragraph(words.say("method.percent_other"))
    yield Paragraph(words.say("method.fold"))
    yield _both(figures, words)
    yield Heading(words.say("method.gaps_heading"), "gaps")
    yield from _gaps(figures, words)
    yield Heading(words.say("method.unmeasured_heading"))
    yield Paragraph(_unmeasured(figures, words))
    yield Heading(words.say("method.corrections_heading"))
    yield Paragraph(words.say("method.corrections_none" if figures.given.corrections is None else "method.corrections"))
    yield Heading(words.say("method.limits_heading"))
    yield Bullets(words.lines("method.limits"))
    yield Heading(words.say("method.trace_heading"))
    yield Paragraph(words.say("method.trace", example=_example(figures)))
    yield Heading(words.say("method.facts_heading"))
    yield Facts(tuple(_facts(figures, words)))
    yield Heading(words.say("method.files_heading"))
    yield Paragraph(words.say("method.files_intro"))
    yield files


def _example(figures: Figures) -> str:
    """Return a reference that this measurement has: everything together in the first role."""
    return reference(next((view.role for view in figures.overview.roles), Role.WEB))


def _norms(figures: Figures, words: Wording) -> Table:
    """List the norms that were judged by."""
    lines = [
        Line(
            (
                Cell(row.standard),
                Cell(row.version),
                Cell(words.day(row.norm.effective) if row.norm else DASH),
                Cell(row.norm.source if row.norm else DASH),
            )
        )
        for row in figures.overview.norms
    ]
    short = ("words.standard", "method.norm", "method.since")
    heads = (*(Column(words.say(key), is_short=True) for key in short), Column(words.say("method.source")))
    return Table(words.say("method.norms_caption"), heads, tuple(lines))


def _both(figures: Figures, words: Wording) -> Table:
    """Show everything together under both ways of counting."""
    lines = [
        Line(
            (
                Cell(words.say(f"role.all_{view.role.value}")),
                words.share_cell(view.everything),
                words.of_cell(view.everything.compliant, view.everything.total),
            )
        )
        for view in figures.overview.roles
    ]
    titles = [words.say("method.both_judged"), words.say("method.both_all")]
    return Table(words.say("method.both_caption"), columns(words.say("method.both_what"), titles), tuple(lines))


def _gaps(figures: Figures, words: Wording) -> Iterator[Block]:
    """Say what could not be established, by whose cause."""
    if not figures.overview.gaps:
        yield Paragraph(words.say("method.gaps_none"))
        return
    domains = figures.overview.total.domains
    yield Paragraph(words.say("method.gaps", domains=domains))
    lines = []
    for cause, gaps in figures.overview.gaps:
        lines.append(Line((Cell(words.shared["cause"][cause.value]), Cell(), Cell()), Style.HEADING))
        for gap in gaps:
            reason = words.shared["reason"].get(gap.reason, gap.reason)
            lines.append(Line((Cell(reason), words.of_cell(gap.domains, domains), Cell(words.number(gap.findings)))))
    titles = [words.say("method.domains"), words.say("method.findings")]
    yield Table(words.say("method.gaps_caption"), columns(words.say("method.reason"), titles), tuple(lines))


def _unmeasured(figures: Figures, words: Wording) -> str:
    """Name the standards that can be measured and were not."""
    judged = figures.manifest.run.norms
    names = [one.names[words.language] for one in figures.standards.values() if one.rules and one.id not in judged]
    return words.say("method.unmeasured", standards=", ".join(names)) if names else words.say("method.unmeasured_none")


def _facts(figures: Figures, words: Wording) -> Iterator[tuple[str, str]]:
    """Yield what identifies the measurement and what it cost."""
    manifest, run = figures.manifest, figures.manifest.run
    yield words.say("method.id"), manifest.id
    if run.parent:
        yield words.say("method.parent"), run.parent.id
    times = {"first_time": f"{run.started:%H:%M}", "last_time": f"{manifest.finished:%H:%M}"}
    days = {"first": words.day(run.started.date()), "last": words.day(manifest.finished.date())}
    yield words.say("method.measured"), words.say("method.measured_text", **days, **times)
    yield words.say("method.vantage"), run.vantage
    yield words.say("method.meetlat"), run.meetlat
    if run.libraries:
        yield words.say("method.libraries"), ", ".join(f"{name} {version}" for name, version in sorted(run.libraries.items()))
    counts = {name: manifest.counts[name] for name in ("observations", "findings", "verdicts")}
    yield words.say("method.counts"), words.say("method.counts_text", **counts)
    if manifest.costs:
        names = words.shared["cost"]
        costs = [f"{words.number(amount)} {names.get(cost, cost)}" for cost, amount in sorted(manifest.costs.items())]
        yield words.say("method.costs"), ", ".join(costs)
