# SPDX-License-Identifier: EUPL-1.2
"""The annex to a letter to parliament: what the measurement says on one page, with the figures filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from meetlat.model.agreement import AgreementKind
from meetlat.model.target import Role
from meetlat.publish.meting.advice import told_advice
from meetlat.publish.meting.agreements import binding
from meetlat.publish.meting.document import Block, Bullets, Cell, Chapter, Document, Line, Paragraph, Table, columns
from meetlat.publish.meting.figures import NOTHING, AgreementFigures, Figures
from meetlat.publish.meting.html import environment, style
from meetlat.publish.meting.pdf_library import PdfMaker
from meetlat.publish.meting.replies import correction_sentence
from meetlat.publish.meting.report_document import title, when
from meetlat.publish.meting.summary import growth_sentences
from meetlat.publish.meting.wording import Wording
from meetlat.store.manifest import Manifest

PAGE, PDF = "brief.html", "brief.pdf"
MOST_AGREEMENTS = 10
MOST_ADVICE = 3
_ADVICE = ("lever", "standard", "rule", "group", "agreement")  # what helps most stands first
_NUMBERS = ("share", "share_all", "kept", "judged", "undetermined", "not_applicable")
_SIZES = ("10.5", "10", "9.5", "9", "8.5", "8", "7.5", "7")  # points: as large as goes on one page


def letter_document(figures: Figures, report: Wording) -> Document:
    """Write the page; ``report`` are the words of the report that it goes with."""
    words = replace(report, book="letter")
    made: Mapping[str, Iterator[Block]] = {
        "measured": _measured(figures, words, report),
        "kept": _kept(figures, words, report),
        "changed": _changed(figures, words, report),
        "help": _help(figures, words, report),
        "evidence": _evidence(figures, words),
    }
    chapters = tuple(Chapter(key, 0, words.say(f"{key}.title"), tuple(blocks)) for key, blocks in made.items())
    return Document(words.say("letter.title", report=title(figures, report)), when(figures, report), chapters)


def letter_page(document: Document, words: Wording, manifest: Manifest) -> str:
    """Write it as a web page."""
    return environment(words).get_template("meting/letter.html.j2").render(document=document, manifest=manifest)


def letter_pdf(document: Document, words: Wording, manifest: Manifest, maker: PdfMaker) -> bytes:
    """Make it a PDF of one page, in the largest letters that fit. Raises ValueError when none does: that is a fault of ours."""
    template = environment(words).get_template("meting/letter_paper.html.j2")
    shown = {"document": document, "manifest": manifest, "made": f"{manifest.sealed:%Y-%m-%dT%H:%M:%SZ}", "letter_style": style("letter")}
    for size in _SIZES:
        made = maker.as_pdf(template.render(shown, size=size), f"{manifest.id}-letter-{words.language}")
        if maker.page_count(made) == 1:
            return made
    raise ValueError("the letter does not fit on one page")


def _measured(figures: Figures, words: Wording, report: Wording) -> Iterator[Block]:
    """Say what was measured, and how much of it is in order."""
    total = figures.overview.total
    counts = {"domains": total.domains, "organisations": total.organisations}
    yield Paragraph(words.say("measured.set", when=_when(figures, words), **counts))
    lines = []
    for role in Role:
        if figures.role(role) is None:
            continue
        share = figures.everything(role)
        key = f"measured.{role.value}" if share.judged else f"measured.no_{role.value}"
        left_out = {"undetermined": share.undetermined, "not_applicable": share.not_applicable}
        shares = {"percent": words.share(share), "of_all": words.percent(share.compliant, share.total)}
        said = words.say(key, compliant=share.compliant, judged=share.judged, **left_out, **shares)
        lines.append(" ".join(filter(None, (said, correction_sentence(figures, report, role)))))
    yield Bullets(tuple(lines))


def _when(figures: Figures, words: Wording) -> str:
    """Say on which days was measured, for in a sentence."""
    first, last = figures.manifest.run.started.date(), figures.day
    return words.say("measured.one_day" if first == last else "measured.days", first=words.day(first), last=words.day(last))


def _kept(figures: Figures, words: Wording, report: Wording) -> Iterator[Block]:
    """Show how many keep each agreement that binds by itself; the list binds when something is bought."""
    found = [one for one in figures.agreements if one.agreement.kind is not AgreementKind.PAS_TOE_OF_LEG_UIT and one.whole]
    told = [one for one in found if one.is_answered][:MOST_AGREEMENTS]
    if not told:
        yield Paragraph(words.say("kept.none"))
        return
    lines = tuple(_agreement(one, words, report) for one in told)
    heads = [words.say(f"kept.{name}") for name in _NUMBERS]
    yield Table(words.say("kept.caption"), columns(words.say("kept.agreement"), heads), lines)
    yield Paragraph(words.say("kept.meaning"), is_soft=True)
    if left_out := len(found) - len(told):
        yield Paragraph(words.say("kept.left_out_one" if left_out == 1 else "kept.left_out", count=left_out), is_soft=True)


def _agreement(one: AgreementFigures, words: Wording, report: Wording) -> Line:
    """Write one agreement."""
    name = Cell(one.agreement.names[words.language], binding(one.agreement, report))
    share = one.whole.share if one.whole else NOTHING
    shares = (words.share(share), words.percent(share.compliant, share.total))
    counts = (share.compliant, share.judged, share.undetermined, share.not_applicable)
    return Line((name, *(Cell(text) for text in shares), *(Cell(words.number(count)) for count in counts)))


def _changed(figures: Figures, words: Wording, report: Wording) -> Iterator[Block]:
    """Say what changed since the measurement before, or that one measurement cannot tell."""
    found = tuple(growth_sentences(figures, report))
    yield Bullets(found) if found else Paragraph(words.say("changed.one"))


def _help(figures: Figures, words: Wording, report: Wording) -> Iterator[Block]:
    """Say what would help most."""
    found = dict(reversed(tuple(told_advice(figures, report))))  # of two of the same kind the first
    chosen = tuple(found[key] for key in _ADVICE if key in found)[:MOST_ADVICE]
    yield Bullets(chosen) if chosen else Paragraph(words.say("help.none"))


def _evidence(figures: Figures, words: Wording) -> Iterator[Block]:
    """Say where everything rests on."""
    counts = {name: figures.manifest.counts[name] for name in ("observations", "verdicts")}
    yield Paragraph(words.say("evidence.text", id=figures.manifest.id, version=figures.manifest.run.meetlat, **counts))
