# SPDX-License-Identifier: EUPL-1.2
"""The pages on the site itself: agreements in full, the method, the open data, and how accessible it is."""

from collections.abc import Iterator

from meetlat.analysis.figure_reference import FigureReference
from meetlat.model.target import Role
from meetlat.publish.meting.agreements import agreements_chapter
from meetlat.publish.meting.document import Block, Bullets, Chapter, Facts, Files, Heading, Links, Paragraph, Terms
from meetlat.publish.meting.method import method_chapter
from meetlat.publish.meting.summary import VERDICTS
from meetlat.publish.site.places import ACCESSIBILITY, AGREEMENTS, DATA, GROUPS, INDEX, METHOD, SEARCH, STANDARDS, SUPPLIERS, TRENDS
from meetlat.publish.site.tables import trace_note
from meetlat.publish.site.view import COMPOSITE_OF, Page, View


def about_pages(view: View) -> Iterator[Page]:
    """Make these pages."""
    yield Page(
        AGREEMENTS,
        view.words.say("agreements.title"),
        view.when,
        (Chapter("agreements", 0, view.words.say("agreements.title"), agreements_chapter(view.figures, view.words, 0).blocks),),
        "agreements",
    )
    yield _method(view)
    yield Page(DATA, view.say("data.title"), view.when, (Chapter("data", 0, view.say("data.title"), tuple(_data(view))),), "data")
    text = tuple(Paragraph(line) for line in view.own.lines("accessibility.text"))
    limits = (Heading(view.say("accessibility.limits_heading")), Bullets(view.own.lines("accessibility.limits")))
    chapters = (Chapter("accessibility", 0, view.say("accessibility.heading"), (*text, *limits)),)
    yield Page(ACCESSIBILITY, view.say("accessibility.title"), view.say("accessibility.lead"), chapters, "accessibility")


def _method(view: View) -> Page:
    """Say how it was measured, what words mean, and how a figure is traced."""
    terms = view.words.shared["terms"]
    items = [(view.words.shared["verdict"][verdict.value], terms[verdict.value], verdict) for verdict in VERDICTS]
    blocks = tuple(block for block in method_chapter(view.figures, view.words, 0, Files(())).blocks if not _is_about_files(view, block))
    chapters = (
        Chapter("method", 0, view.words.say("method.title"), blocks),
        Chapter("words", 0, view.words.say("summary.key"), (Terms((*items, (terms["judged"], terms["judged_text"], None))),)),
        Chapter("trace", 0, view.say("method.trace"), tuple(_trace(view))),
    )
    return Page(METHOD, view.words.say("method.title"), view.when, chapters, "method")


def _is_about_files(view: View, block: Block) -> bool:
    """Whether a block of the method of the report is about the files that come with a report."""
    about = {view.words.say("method.files_heading"), view.words.say("method.files_intro")}
    return isinstance(block, Files) or getattr(block, "text", None) in about


def _trace(view: View) -> Iterator[Block]:
    """Say how a figure leads to verdicts, findings and evidence."""
    yield Bullets(view.own.lines("method.trace_steps"))
    yield trace_note(view, FigureReference(Role.MAIL, COMPOSITE_OF[Role.MAIL]))
    files = view.gathered.manifest.files
    names = [name for name in ("targets.parquet", "findings.parquet", "verdicts.parquet") if name in files]
    yield Heading(view.say("method.digests"))
    yield Facts(tuple((name, f"SHA-256 {files[name].sha256}") for name in names))


def _data(view: View) -> Iterator[Block]:
    """Say where the data are, or how they are made."""
    where = view.gathered.asked.data
    if where:
        yield Paragraph(view.say("data.here"))
        yield Links(((view.say("data.link"), where, ""),))
    else:
        yield Paragraph(view.say("data.none"))
    yield Bullets(view.own.lines("data.text"))
    manifest = view.gathered.manifest
    yield Facts(
        (
            (view.words.say("method.id"), manifest.id),
            (view.words.say("method.measured"), view.when),
            (view.words.say("method.meetlat"), manifest.run.meetlat),
        )
    )


def menu(view: View) -> tuple[tuple[str, str, str], ...]:
    """The menu of every page: kind, name, path."""
    paths = {
        "overview": INDEX,
        "groups": GROUPS,
        "standards": STANDARDS,
        "suppliers": SUPPLIERS,
        "agreements": AGREEMENTS,
        "trends": TRENDS,
        "search": SEARCH,
    }
    return tuple((kind, view.say(f"menu.{kind}"), path) for kind, path in paths.items())


def below(view: View) -> tuple[tuple[str, str, str], ...]:
    """What stands below every page: kind, name, path."""
    return tuple(
        (kind, view.say(f"menu.{kind}"), path) for kind, path in (("method", METHOD), ("data", DATA), ("accessibility", ACCESSIBILITY))
    )
