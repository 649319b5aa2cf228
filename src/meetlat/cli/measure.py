# SPDX-License-Identifier: EUPL-1.2
"""meetlat measure: a whole list of targets into a measurement folder."""

import asyncio
import gc
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from meetlat.cli.connecting import Going, asking, going_out, opted_out
from meetlat.cli.faults import UsageFault
from meetlat.cli.judging import judged_and_sealed
from meetlat.cli.norms import chosen_norms
from meetlat.cli.shown import console, errors, progress_bar
from meetlat.cli.summary import show_summary, show_throughput
from meetlat.cli.targets import read_targets
from meetlat.cli.words import language, say
from meetlat.engine.run import SHARD_SIZE, Pace, sharded
from meetlat.engine.run import measure as measure_shards
from meetlat.model.standard import Standard
from meetlat.model.target import Listing
from meetlat.probes.network import read_network
from meetlat.standards.loading import measurable
from meetlat.store.folder import create, finished_shards, held, is_begun, read_run, resume
from meetlat.store.run import INTERNET, Run, plan_run

_FAULTS_SHOWN = 50
# Evidence lives as long as its shard does. To look through all of it after every 700 new objects takes a fifth of the processor time.
_COLLECT_AFTER = (400_000, 20, 100)


def measure(
    targets: Annotated[Path, typer.Argument(help=say("measure.targets"), metavar="TARGETS")],
    output: Annotated[Path, typer.Option("-o", "--output", help=say("measure.output"))],
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help=say("measure.skip_invalid"))] = False,
    norms: Annotated[str | None, typer.Option("--norms", help=say("measure.norms"))] = None,
    resolver: Annotated[str | None, typer.Option("--resolver", help=say("measure.resolver"))] = None,
    network: Annotated[Path | None, typer.Option("--network", envvar="MEETLAT_NETWORK", help=say("measure.network"))] = None,
    opt_out: Annotated[Path | None, typer.Option("--opt-out", help=say("measure.opt_out"))] = None,
    contact: Annotated[str, typer.Option("--contact", envvar="MEETLAT_CONTACT", help=say("measure.contact"))] = "",
    ehlo: Annotated[str, typer.Option("--ehlo-name", envvar="MEETLAT_EHLO_NAME", help=say("measure.ehlo"))] = "",
    budget: Annotated[int | None, typer.Option("--max-connections", min=1, help=say("measure.budget"))] = None,
    in_flight: Annotated[int, typer.Option("--in-flight", min=1, max=5000, help=say("measure.in_flight"))] = 3_000,
    vrps: Annotated[Path | None, typer.Option("--vrps", envvar="MEETLAT_VRPS", help=say("measure.vrps"))] = None,
    routes: Annotated[list[str] | None, typer.Option("--routes", envvar="MEETLAT_ROUTES", help=say("measure.routes"))] = None,
) -> None:
    """Measure every target of a list."""
    listings = _listings(targets, skip_invalid=skip_invalid)
    standards = measurable()
    chosen = chosen_norms(norms, standards, datetime.now(UTC).date())
    shards = sharded(listings)
    left_alone = opted_out(opt_out) if opt_out else ()
    going = Going(network, resolver, left_alone, contact, ehlo, budget, vrps=vrps, routes=tuple(routes or ()))
    vantage = read_network(network).name if network else INTERNET
    run = plan_run(datetime.now(UTC), vantage, standards, chosen, SHARD_SIZE)
    try:
        with held(output):
            costs = _with_loop(_measured(output, run, shards, standards, going, in_flight))
            manifest = judged_and_sealed(output, standards, chosen, costs)
    except KeyboardInterrupt as stop:
        errors().print(say("app.interrupted"))
        raise typer.Exit(130) from stop
    show_summary(output)
    show_throughput(costs)
    console().print(say("measure.done", id=manifest.id, folder=output))
    console().print(say("measure.next", folder=output))


async def _measured(
    folder: Path, run: Run, shards: Sequence[Sequence[Listing]], standards: Sequence[Standard], going: Going, in_flight: int
) -> Mapping[str, float]:
    """Begin or resume the folder once the resolver is known to work, and measure with a progress bar."""
    async with going_out(going) as probes:
        total = sum(map(len, shards))
        run = replace(run, asking=asking(probes.gate, going.left_alone))
        if is_begun(folder):
            begun = read_run(folder)
            if resume(folder, run, shards) != begun:
                errors().print(say("measure.other_budget"))
            done = sum(len(shards[number]) for number in finished_shards(folder))
            errors().print(say("measure.resumed", done=done, total=total))
        else:
            create(folder, run, shards)
        with progress_bar() as bar:
            task = bar.add_task(say("measure.progress"), total=total)
            pace = Pace(in_flight=in_flight, progress=lambda done: bar.advance(task, done))
            return await measure_shards(folder, shards, standards, probes, pace)


def _with_loop(work: Coroutine[object, object, Mapping[str, float]]) -> Mapping[str, float]:
    """Run the measurement on uvloop, the fastest event loop that asyncio can use."""
    gc.set_threshold(*_COLLECT_AFTER)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _listings(path: Path, *, skip_invalid: bool) -> list[Listing]:
    """Read the targets; without --skip-invalid one bad line is enough to stop, and all bad lines are shown."""
    listings, faults = read_targets(path, language())
    for one in faults[:_FAULTS_SHOWN]:
        errors().print(str(one), markup=False)
    if len(faults) > _FAULTS_SHOWN:
        errors().print(f"… (+{len(faults) - _FAULTS_SHOWN})")
    if faults and not skip_invalid:
        raise UsageFault(say("measure.faults", path=path, count=len(faults)))
    if faults:
        errors().print(say("measure.skipped", count=len(faults)))
    if not listings:
        raise UsageFault(say("measure.nothing", path=path))
    return list(listings)
