# SPDX-License-Identifier: EUPL-1.2
"""What meetlat trace shows: a figure with its domains, or the verdict of a domain with what it rests on."""

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from rich.padding import Padding
from rich.text import Text

from meetlat.analysis.deciding import TracedDomain, TracedVerdict, WeighedFinding
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.tracing import CountedDomain, TracedFigure
from meetlat.cli.shown import STYLES, console
from meetlat.cli.trace_words import tell
from meetlat.cli.words import language
from meetlat.model.evidence import Need
from meetlat.model.finding import Status
from meetlat.model.norm import Norm, Verdict
from meetlat.publish.guidance import guidance
from meetlat.publish.overview import name_of, norm_of, part_name, rule_guidance
from meetlat.publish.repeating import command, quoted
from meetlat.publish.words import day, number, percent, visible
from meetlat.standards.loading import standards
from meetlat.store.evidence import StoredObservation
from meetlat.store.manifest import Manifest
from meetlat.store.run import INTERNET

_OTHER_ROLE = "role"  # the reason of a rule for websites on a mail domain, and back: it says nothing, and is only named
_ANSWER_SHOWN = 600
_SENTENCE_SHOWN = 500
_VERDICT_OF = {
    Status.SATISFIED: Verdict.COMPLIANT,
    Status.VIOLATED: Verdict.NON_COMPLIANT,
    Status.UNDETERMINED: Verdict.UNDETERMINED,
    Status.NOT_APPLICABLE: Verdict.NOT_APPLICABLE,
}


def show_figure(folder: Path, traced: TracedFigure, manifest: Manifest, verdicts: Sequence[Verdict], most: int) -> None:
    """Show a figure: what it is a share of, what counted it, and the domains behind it."""
    reference, share = traced.reference, traced.share
    _put(str(reference), style="bold", keep=True)
    _put(tell("figure.title", name=_name(reference), role=tell(f"role.{reference.role.value}"), whose=_whose(reference)))
    if share.judged:
        of_judged = percent(share.compliant, share.judged, language())
        _put(tell("figure.share", part=_number(share.compliant), whole=_number(share.judged), percent=of_judged), style="bold")
    else:
        _put(tell("figure.nothing"), style="bold")
    _put(tell("figure.of_all", whole=_number(share.total), percent=percent(share.compliant, share.total, language())))
    counts = {name: _number(getattr(share, name)) for name in ("compliant", "non_compliant", "undetermined", "not_applicable")}
    _put(tell("figure.counts", **counts))
    _show_norms(reference, manifest)
    _put(tell("figure.counted_by", query=traced.query), keep=True)
    _put(tell(f"query.{traced.query}"), indent=2, style="dim")
    _show_verified(manifest, ("run.json", "targets.parquet", "verdicts.parquet"))
    for verdict in verdicts:
        _show_domains(verdict, traced.of(verdict), most)
    _put("")
    _put(tell("figure.as_measured"), style="dim")
    if traced.domains:
        first = next((one for verdict in verdicts for one in traced.of(verdict)), traced.domains[0])
        _put(tell("figure.next"))
        _put(_trace_command(folder, reference, first.domain), indent=2, keep=True)


def show_domain(folder: Path, traced: TracedDomain, manifest: Manifest, files: Collection[str], most: int) -> None:
    """Show what a figure says of a domain: the findings that decided it, and the evidence that they rest on."""
    listing, reference = traced.listing, traced.reference
    mark, style = STYLES[traced.verdict]
    title = tell("domain.title", domain=listing.domain.shown, verdict=tell(f"verdict.{traced.verdict.value}"))
    _put(f"{mark} {title}", style=f"bold {style}")
    _put(tell("domain.whose", organisation=listing.organisation, group=listing.group))
    _put(tell("domain.figure", reference=reference), keep=True)
    _put(tell("figure.title", name=_name(reference), role=tell(f"role.{reference.role.value}"), whose=_whose(reference)))
    if reference.is_composite:
        _show_members(folder, traced)
    else:
        for verdict in traced.verdicts:
            needs = verdict.needs(without=_OTHER_ROLE)
            _show_verdict(verdict, {need: at for at, need in enumerate(needs, start=1)})
            _show_evidence(needs, traced.observations, manifest, most)
    _put("")
    _show_verified(manifest, files)


def _show_norms(reference: FigureReference, manifest: Manifest) -> None:
    """Say by which norm was judged; of a composite by which norms."""
    norms = manifest.run.norms
    if reference.is_composite:
        members = [key for key in norms if (known := standards().get(key)) and reference.key in known.composites]
        named = ", ".join(f"{name_of(key, standards(), language())} {norms[key]}" for key in members)
        _put(tell("figure.norms", norms=named))
    else:
        _show_norm(reference.key, norms.get(reference.key, ""), norm_of(reference.key, norms.get(reference.key, ""), standards()))


def _show_norm(standard: str, version: str, norm: Norm | None) -> None:
    """Say what a norm is, since when, and where it is written."""
    name = name_of(standard, standards(), language())
    if norm is None:
        _put(tell("figure.norm_unknown", standard=name, version=version))
        return
    effective = day(norm.effective, language())
    _put(tell("figure.norm", standard=name, version=version, effective=effective, source=norm.source))


def _show_verified(manifest: Manifest, files: Iterable[str]) -> None:
    """Say of which measurement this is, and what of it was held against its digest."""
    finished = f"{manifest.finished:%Y-%m-%d %H:%M} UTC"
    _put(tell("verified.measurement", id=manifest.id, finished=finished, vantage=manifest.run.vantage))
    _put(tell("verified.files"))
    for name in files:
        _put(tell("verified.file", name=name, sha256=manifest.files[name].sha256), indent=2, style="dim", keep=True)


def _show_domains(verdict: Verdict, domains: Sequence[CountedDomain], most: int) -> None:
    """List the domains with one verdict."""
    mark, style = STYLES[verdict]
    _put("")
    heading = tell("figure.heading", verdict=tell(f"verdict.{verdict.value}"), count=_number(len(domains)))
    _put(f"{mark} {heading}", style=f"bold {style}")
    for one in domains[:most]:
        tells = verdict in {Verdict.NON_COMPLIANT, Verdict.UNDETERMINED}
        deciding = ", ".join(name_of(key, standards(), language()) for key in one.deciding if tells)
        decided = f"; {tell('figure.decided_by', standards=deciding)}" if deciding else ""
        _put(f"{one.domain}  {one.organisation}{decided}", indent=2)
    if len(domains) > most:
        _put(tell("figure.more", count=_number(len(domains) - most), all=len(domains)), indent=2, style="dim")


def _show_members(folder: Path, traced: TracedDomain) -> None:
    """Say of a composite which standards decide, by which of their findings, and how to go on."""
    for verdict in traced.verdicts:
        _put("")
        _show_heading(verdict)
        for one in verdict.findings:
            if verdict.decides and one.decides and traced.verdict is not Verdict.COMPLIANT:
                _put(_title(verdict, one), indent=2)
    _put("")
    _put(tell("domain.next"))
    for verdict in traced.verdicts:
        if verdict.decides:
            reference = FigureReference(
                traced.reference.role, verdict.judgement.standard, "", traced.reference.group, traced.reference.organisation
            )
            _put(_trace_command(folder, reference, traced.listing.domain.name), indent=2, keep=True)


def _show_heading(verdict: TracedVerdict) -> None:
    """Name a standard with its verdict."""
    mark, style = STYLES[verdict.verdict]
    name = name_of(verdict.judgement.standard, standards(), language())
    text = tell("domain.standard", standard=name, verdict=tell(f"verdict.{verdict.verdict.value}"))
    _put(f"{mark} {text}" + (f" ({tell('domain.decides')})" if verdict.decides else ""), style=style)


def _show_verdict(verdict: TracedVerdict, numbers: Mapping[Need, int]) -> None:
    """Show the norm of a verdict, whether its fold comes out the same, and its findings: those that decided it first."""
    _show_norm(verdict.judgement.standard, verdict.judgement.norm, verdict.norm)
    if verdict.again is None:
        _put(tell("domain.again_unknown"), style="yellow")
    elif verdict.again is verdict.verdict:
        _put(tell("domain.again"))
    else:
        _put(tell("domain.again_other", verdict=tell(f"verdict.{verdict.again.value}")), style="yellow")
    _put("")
    _put(tell("domain.findings", count=len(verdict.findings)), style="bold")
    if not verdict.findings:
        _put(tell("domain.no_findings"), indent=2)
    for one in sorted(verdict.findings, key=lambda one: (not one.decides, not one.counts)):
        if one.finding.reason != _OTHER_ROLE:
            _show_finding(verdict, one, numbers)
    if others := sorted({one.finding.rule for one in verdict.findings if one.finding.reason == _OTHER_ROLE}):
        _put(tell("domain.other_role", rules=", ".join(others)), indent=2, style="dim")


def _show_finding(verdict: TracedVerdict, one: WeighedFinding, numbers: Mapping[Need, int]) -> None:
    """Show one finding: what was found, what it weighs, and which questions it rests on."""
    finding = one.finding
    mark, style = STYLES[_VERDICT_OF[finding.status]]
    _put(f"{mark} {_title(verdict, one)} [{finding.rule}]", style=style, indent=2)
    known = standards().get(verdict.judgement.standard)
    if known and (sentence := guidance(known, language()).sentence(finding)):
        _put(_bounded(sentence, _SENTENCE_SHOWN), indent=4)
    _put(_weight(one, verdict.judgement.norm), indent=4, style="bold" if one.decides else "")
    if finding.subject != verdict.judgement.target.domain.name:
        _put(tell("domain.subject", subject=finding.subject), indent=4)
    if finding.cause is not None:
        _put(tell("domain.cause", cause=tell(f"cause.{finding.cause.value}")), indent=4)
    rests_on = " ".join(f"[{at}]" for at in sorted(numbers[need] for need in finding.needs))
    _put(tell("domain.rests_on", numbers=rests_on) if rests_on else tell("domain.rests_on_nothing"), indent=4)


def _weight(one: WeighedFinding, norm: str) -> str:
    """Say whether a finding counted, and why."""
    if one.obligation is None:
        return tell("domain.weight_unknown")
    key = "decided" if one.decides else "counted" if one.counts else "not_counted"
    return tell(f"domain.{key}", obligation=tell(f"obligation.{one.obligation.value}"), norm=norm)


def _show_evidence(needs: Sequence[Need], observations: Mapping[Need, Sequence[StoredObservation]], manifest: Manifest, most: int) -> None:
    """Show each question with what came of it, where that stands, and how to ask it again."""
    _put("")
    _put(tell("domain.evidence", count=len(needs)), style="bold")
    for at, need in enumerate(needs[:most], start=1):
        _put(f"[{at}] {need}", indent=2, style="bold")
        attempts = observations.get(need, ())
        if not attempts:
            _put(tell("domain.not_asked"), indent=6)
        for one in attempts:
            _show_observation(one, counts=one is attempts[-1] and len(attempts) > 1)
        again = command(need)
        _put(tell("domain.again_by_hand") if again else tell("domain.no_command"), indent=6)
        if again:
            _put(again, indent=6, keep=True, style="cyan")
    if len(needs) > most:
        _put(tell("domain.more", count=len(needs) - most, all=len(needs)), indent=2, style="dim")
    _put("")
    _put(tell("domain.today"), style="dim")
    if manifest.run.vantage != INTERNET:
        _put(tell("domain.lab", vantage=manifest.run.vantage), style="dim")


def _show_observation(one: StoredObservation, *, counts: bool) -> None:
    """Show one attempt."""
    seen = one.observation
    moment = tell("domain.attempt", at=f"{seen.at:%Y-%m-%d %H:%M:%S}", vantage=one.vantage, attempt=seen.attempt)
    _put(moment + (f" ({tell('domain.counts')})" if counts else ""), indent=6)
    if one.written is None:
        failure = seen.failure.value if seen.failure else ""
        _put(tell("domain.failure", failure=failure, detail=_bounded(seen.detail, _ANSWER_SHOWN)).rstrip(), indent=6)
    else:
        _put(tell("domain.answer", answer=_bounded(one.written, _ANSWER_SHOWN)), indent=6)
    _put(tell("domain.place", file=one.file, row=one.row), indent=6, style="dim")


def _title(verdict: TracedVerdict, one: WeighedFinding) -> str:
    """Say what a rule asks."""
    return rule_guidance(verdict.judgement.standard, one.finding.rule, standards(), language()).title


def _name(reference: FigureReference) -> str:
    """Name what the figure is about."""
    if reference.is_composite:
        return f"{tell('figure.everything')} ({reference.key})"
    standard = name_of(reference.key, standards(), language())
    if not reference.part:
        return standard
    return tell("figure.part", standard=standard, part=part_name(reference.key, reference.part, standards(), language()))


def _whose(reference: FigureReference) -> str:
    """Name the group or organisation that the figure is about."""
    if reference.organisation is not None:
        return tell("figure.organisation", organisation=reference.organisation, group=reference.group)
    return tell("figure.all") if reference.group is None else tell("figure.group", group=reference.group)


def _trace_command(folder: Path, reference: FigureReference, domain: str) -> str:
    """Write the command that traces further."""
    return f"./meetlat trace {quoted(str(folder))} {quoted(str(reference))} {shlex.quote(visible(domain))}"


def _number(count: int) -> str:
    """Write a count."""
    return number(count, language())


def _bounded(text: str, longest: int) -> str:
    """Cut what is long, and say how much is left out."""
    return text if len(text) <= longest else text[:longest] + tell("domain.cut", count=len(text) - longest)


def _put(text: str, *, indent: int = 0, style: str = "", keep: bool = False) -> None:
    """Print a line, with hostile text made visible; ``keep`` leaves it in one piece, so that it can be copied."""
    shown = Text(visible(text), style=style)
    if not text:
        console().print()
    elif keep:
        console().print(Text(" " * indent) + shown, soft_wrap=True)
    else:
        console().print(Padding(shown, (0, 0, 0, indent), expand=False))
