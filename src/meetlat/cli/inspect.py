# SPDX-License-Identifier: EUPL-1.2
"""meetlat inspect: one domain now, in the terminal."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding

from meetlat.cli.connecting import Going, going_out
from meetlat.cli.faults import fault
from meetlat.cli.norms import chosen_norms
from meetlat.cli.shown import STYLES, console, errors
from meetlat.cli.tls_view import tls_tables
from meetlat.cli.words import language, say
from meetlat.engine.fixed_point import Shared, observe
from meetlat.engine.judge import judge
from meetlat.model.domain import Domain, DomainError
from meetlat.model.evidence import Evidence
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, Obligation
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role
from meetlat.publish.guidance import Guidance, guidance
from meetlat.standards.loading import measurable, standards

_ANSWER_SHOWN = 400
_MARKS = {
    Status.SATISFIED: ("✔", "green"),
    Status.VIOLATED: ("✘", "red"),
    Status.UNDETERMINED: ("?", "yellow"),
    Status.NOT_APPLICABLE: ("–", "dim"),
}


def inspect(
    domain: Annotated[str, typer.Argument(help=say("inspect.domain"), metavar="DOMAIN")],
    role: Annotated[str | None, typer.Option("--role", help=say("inspect.role"))] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help=say("inspect.evidence"))] = False,
    norms: Annotated[str | None, typer.Option("--norms", help=say("measure.norms"))] = None,
    resolver: Annotated[str | None, typer.Option("--resolver", help=say("measure.resolver"))] = None,
    network: Annotated[Path | None, typer.Option("--network", envvar="MEETLAT_NETWORK", help=say("measure.network"))] = None,
    contact: Annotated[str, typer.Option("--contact", envvar="MEETLAT_CONTACT", help=say("measure.contact"))] = "",
    ehlo: Annotated[str, typer.Option("--ehlo-name", envvar="MEETLAT_EHLO_NAME", help=say("measure.ehlo"))] = "",
    thorough: Annotated[bool, typer.Option("--thorough", help=say("inspect.thorough"))] = False,
    vrps: Annotated[Path | None, typer.Option("--vrps", envvar="MEETLAT_VRPS", help=say("measure.vrps"))] = None,
    routes: Annotated[list[str] | None, typer.Option("--routes", envvar="MEETLAT_ROUTES", help=say("measure.routes"))] = None,
) -> None:
    """Measure one domain now."""
    listing = Listing(_domain(domain), "", "", _roles(role))
    chosen = chosen_norms(norms, measurable(), datetime.now(UTC).date())
    going = Going(network, resolver, (), contact, ehlo, 5_000 if thorough else 1_000, thorough, vrps, tuple(routes or ()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        seen = runner.run(_observed(listing, going))
    for target in listing.targets():
        console().rule(escape(say("inspect.title", domain=target.domain.shown, role=say(f"summary.{target.role.value}"))))
        for judgement in judge(target, seen, measurable(), chosen):
            _show(judgement, standards()[judgement.standard], chosen[judgement.standard])
            if judgement.standard == "tls":
                for table in tls_tables(target, seen, chosen["tls"]):
                    console().print(Padding(table, (0, 0, 1, 2)))
    if evidence:
        _show_evidence(seen)


async def _observed(listing: Listing, going: Going) -> Evidence:
    """Collect the evidence for one domain and say what it cost."""
    async with going_out(going) as probes:
        began = time.monotonic()
        with errors().status(say("inspect.measuring", domain=listing.domain.shown)):
            seen = await observe(listing, measurable(), Shared(probes.observe))
        questions = probes.resolver.questions if probes.resolver else 0
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        seconds = f"{time.monotonic() - began:.1f}"
        connections = probes.gate.counts.connections
        errors().print(say("inspect.seconds", at=at, seconds=seconds, connections=connections, questions=questions))
        return seen


def _show(judgement: Judgement, standard: Standard, norm: Norm) -> None:
    """Show one standard: its verdict, what was found, and how to mend what is wrong."""
    mark, style = STYLES[judgement.verdict]
    name = standard.names[language()]
    console().print(
        f"[{style}]{mark} [bold]{name}[/bold]: {say(f'verdict.{judgement.verdict.value}')}[/{style}] [dim]({norm.version})[/dim]"
    )
    words = guidance(standard, language())
    for finding in _each_once(judgement.findings, words):
        symbol, colour = _MARKS[finding.status]
        obligation = norm.rules[finding.rule]
        weight = "" if obligation is Obligation.MUST else f" [dim]({say(f'obligation.{obligation.value}')})[/dim]"
        console().print(Padding(f"[{colour}]{symbol}[/{colour}] {escape(words.sentence(finding))}{weight}", (0, 0, 0, 2)))
    for rule in _violated(judgement.findings):
        console().print(Padding(f"[bold]{say('inspect.how')}[/bold] [dim]({rule})[/dim]", (0, 0, 0, 4)))
        console().print(Padding(Markdown(words.rules[rule].how), (0, 0, 1, 4)))


def _each_once(findings: Sequence[Finding], words: Guidance) -> list[Finding]:
    """Leave out what belongs to the other role, and say the same sentence once."""
    told = {(finding.status, words.sentence(finding)): finding for finding in reversed(findings) if finding.reason != "role"}
    return list(reversed(told.values()))


def _violated(findings: Sequence[Finding]) -> list[str]:
    """Return the violated rules, each once, in order."""
    return list(dict.fromkeys(finding.rule for finding in findings if finding.status is Status.VIOLATED))


def _show_evidence(seen: Evidence) -> None:
    """Show every question and what came of it."""
    console().rule(say("inspect.evidence_title"))
    for observation in sorted(seen, key=lambda one: (one.need, one.attempt)):
        said = json.dumps(observation.answer, ensure_ascii=False) if observation.failure is None else observation.failure.value
        detail = f" {observation.detail}" if observation.detail else ""
        shown = f"{said}{detail}"[:_ANSWER_SHOWN]
        console().print(f"[dim]{observation.at:%H:%M:%S}[/dim] {escape(str(observation.need))} → {escape(shown)}", soft_wrap=True)


def _domain(text: str) -> Domain:
    """Read the domain."""
    try:
        return Domain.parse(text)
    except DomainError as error:
        raise fault("domain", text=repr(text[:80]), reason=error) from error


def _roles(text: str | None) -> tuple[Role, ...]:
    """Read --role; both when it is not given."""
    if text is None:
        return tuple(Role)
    try:
        return (Role(text.lower()),)
    except ValueError as error:
        raise fault("role", text=repr(text[:80])) from error
