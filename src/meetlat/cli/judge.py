# SPDX-License-Identifier: EUPL-1.2
"""meetlat judge: the same evidence under other norms, without the network."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from meetlat.analysis.change import changes
from meetlat.cli.compare import show_changes
from meetlat.cli.judging import judged_and_sealed
from meetlat.cli.norms import chosen_norms
from meetlat.cli.reading import told
from meetlat.cli.shown import console
from meetlat.cli.summary import show_summary
from meetlat.cli.words import say
from meetlat.standards.loading import measurable
from meetlat.store.folder import held
from meetlat.store.manifest import create_rejudgement, read_manifest
from meetlat.store.run import plan_run


def judge(
    folder: Annotated[Path, typer.Argument(help=say("judge.folder"), metavar="FOLDER")],
    norms: Annotated[str | None, typer.Option("--norms", help=say("measure.norms"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=say("judge.output"))] = None,
) -> None:
    """Judge a measurement again beside it."""
    standards = measurable()
    known = read_manifest(folder)
    chosen = chosen_norms(norms, standards, datetime.now(UTC).date())
    planned = plan_run(known.run.started, known.run.vantage, standards, chosen, known.run.shard_size)
    if (planned.norms, planned.standards) == (known.run.norms, known.run.standards):
        console().print(say("judge.same"))
        return
    target = output or folder.with_name(f"{folder.resolve().name}-{_slug(norms)}")
    with held(target):
        create_rejudgement(folder, target, standards, chosen)
        manifest = judged_and_sealed(target, standards, chosen, {})
    show_summary(target)
    found = changes(folder, target)
    show_changes(found)
    console().print(say("measure.done", id=manifest.id, folder=target))
    if found:
        console().print(told("compare.who", before=folder, after=target), soft_wrap=True, markup=False)


def _slug(norms: str | None) -> str:
    """Turn --norms into a part of a folder name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in norms or datetime.now(UTC).date().isoformat())
