# SPDX-License-Identifier: EUPL-1.2
"""meetlat trace: from a figure to the domains it counts, and from the verdict of a domain to the evidence it rests on."""

from pathlib import Path
from typing import Annotated

import typer

from meetlat.analysis.deciding import NotCountedError, traced_domain
from meetlat.analysis.figure_reference import FigureReference, FigureReferenceError
from meetlat.analysis.tracing import NoFigureError, traced_figure
from meetlat.cli.faults import UsageFault, fault
from meetlat.cli.shown import console
from meetlat.cli.trace_view import show_domain, show_figure
from meetlat.cli.trace_words import tell
from meetlat.model.domain import Domain, DomainError
from meetlat.model.norm import Verdict
from meetlat.publish.trace_file import Json, domain_json, figure_json, write_trace
from meetlat.publish.words import visible
from meetlat.standards.loading import standards
from meetlat.store.folder import FINDINGS, RUN, TARGETS, VERDICTS, find_listing, shard_path
from meetlat.store.manifest import verify_digests

_MOST = 100_000


def trace(
    folder: Annotated[Path, typer.Argument(help=tell("trace.folder"), metavar="FOLDER")],
    reference: Annotated[str, typer.Argument(help=tell("trace.reference"), metavar="REFERENCE")],
    domain: Annotated[str | None, typer.Argument(help=tell("trace.domain"), metavar="[DOMAIN]")] = None,
    also_domain: Annotated[str | None, typer.Option("--domain", help=tell("trace.domain"))] = None,
    verdict: Annotated[str | None, typer.Option("--verdict", help=tell("trace.verdict"))] = None,
    most: Annotated[int, typer.Option("--most", help=tell("trace.most"))] = 10,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=tell("trace.output"))] = None,
) -> None:
    """Trace a figure, or what it says of one domain."""
    if not 1 <= most <= _MOST:
        raise fault("number", option="--most", value=most, least=1, most=_MOST)
    asked = _reference(reference)
    if domain is not None and also_domain is not None:
        raise UsageFault(tell("trace.two_domains"))
    name = domain if domain is not None else also_domain
    try:
        if name is None:
            found = _figure(folder, asked, _verdicts(verdict), most)
        elif verdict is not None:
            raise UsageFault(tell("trace.verdict_of_domain"))
        else:
            found = _domain(folder, asked, _parsed(name), most)
    except NoFigureError as error:
        choices = ", ".join(map(repr, error.choices)) or tell("fault.none")
        sentence = tell(f"fault.{error.fault.name.lower()}", text=error.reference, detail=error.detail, choices=choices)
        raise UsageFault(visible(sentence)) from error
    if output is not None:
        _write(output, found)


def _figure(folder: Path, reference: FigureReference, verdicts: tuple[Verdict, ...], most: int) -> Json:
    """Trace a figure, show it, and return it for the file."""
    files = (RUN, TARGETS, VERDICTS)
    manifest = verify_digests(folder, files)
    traced = traced_figure(folder, reference, standards().values())
    show_figure(folder, traced, manifest, verdicts, most)
    return figure_json(traced, manifest, files)


def _domain(folder: Path, reference: FigureReference, domain: Domain, most: int) -> Json:
    """Trace what a figure says of a domain, show it, and return it for the file."""
    shard, _ = find_listing(folder, domain)
    files = (RUN, TARGETS, FINDINGS, VERDICTS, shard_path(folder, shard).relative_to(folder).as_posix())
    manifest = verify_digests(folder, files)
    try:
        traced = traced_domain(folder, reference, domain, standards())
    except NotCountedError as error:
        listing = error.listing
        roles = ", ".join(role.value for role in listing.roles)
        whose = {"domain": listing.domain, "organisation": listing.organisation, "group": listing.group, "roles": roles}
        raise UsageFault(visible(tell("fault.not_counted", text=reference, **whose))) from error
    show_domain(folder, traced, manifest, files, most)
    return domain_json(traced, manifest, files)


def _reference(text: str) -> FigureReference:
    """Read the reference."""
    try:
        return FigureReference.parse(text)
    except FigureReferenceError as error:
        key = f"fault.{error.fault.name.lower()}"
        raise UsageFault(visible(tell(key, text=error.text, detail=error.detail, right=error.right))) from error


def _parsed(text: str) -> Domain:
    """Read the domain."""
    try:
        return Domain.parse(text)
    except DomainError as error:
        raise fault("domain", text=repr(text[:80]), reason=error) from error


def _verdicts(text: str | None) -> tuple[Verdict, ...]:
    """Read --verdict; what falls short first when it is not given."""
    if text is None:
        return (Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.COMPLIANT, Verdict.NOT_APPLICABLE)
    try:
        return (Verdict(text.strip().lower().replace("-", "_")),)
    except ValueError as error:
        choices = ", ".join(one.value for one in Verdict)
        raise UsageFault(tell("trace.wrong_verdict", text=repr(text[:80]), choices=choices)) from error


def _write(path: Path, found: Json) -> None:
    """Write the file and say so."""
    try:
        write_trace(path, found)
    except OSError as error:
        raise fault("unwritable", path=path, reason=error.strerror or error) from error
    console().print(tell("trace.written", path=path), soft_wrap=True, markup=False)
