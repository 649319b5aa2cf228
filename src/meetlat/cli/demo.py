# SPDX-License-Identifier: EUPL-1.2
"""meetlat demo: the main job from beginning to end, on the fictional government of the lab, measured on three days of its life."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from lab.scenario import edition_ids
from lab.truth import differences, intended_under, intended_verdicts, read_truth
from meetlat.analysis.verdicts import verdicts_by_key
from meetlat.cli.faults import fault
from meetlat.cli.shown import console, errors
from meetlat.cli.words import say
from meetlat.store.manifest import read_manifest

_SIZES = ("demo", "small", "full")
_ROOT = Path(__file__).resolve().parents[3]
_INTERRUPTED = 130
# Of the open data. The names are those that RFC 2606 keeps free: nobody publishes this.
_PUBLISHER = (
    *("--publisher-name", "Meetlat demo"),
    *("--publisher-uri", "https://identifier.example/meetlat-demo"),
    *("--base-uri", "https://data.example/meetlat-demo/"),
    *("--contact", "https://data.example/meetlat-demo/contact"),
)


def demo(
    size: Annotated[str, typer.Option("--size", help=say("demo.size"))] = "demo",
    output: Annotated[Path, typer.Option("-o", "--output", help=say("demo.output"))] = Path("demo"),
    keep_lab: Annotated[bool, typer.Option("--keep-lab", help=say("demo.keep"))] = False,
    editions: Annotated[int | None, typer.Option("--editions", min=1, help=say("demo.editions"))] = None,
) -> None:
    """Raise, measure, compare and lower each edition of the lab; then make all that follows from the measurements."""
    if size not in _SIZES:
        raise fault("size", text=repr(size[:40]))
    known = edition_ids()
    chosen = known[-(editions or (len(known) if size == "demo" else 1)) :]
    folder = new_folder(output)
    try:
        taken = [
            _edition(size, one, (number, len(chosen)), folder, keep=keep_lab and one == chosen[-1]) for number, one in enumerate(chosen, 1)
        ]
        _publish(folder, taken)
    except KeyboardInterrupt as stop:
        errors().print(say("app.interrupted"))
        raise typer.Exit(_INTERRUPTED) from stop


def new_folder(output: Path) -> Path:
    """Return the folder for this demo: the one asked for, or the first with a number behind it that is not there yet."""
    number = 1
    folder = output
    while folder.exists():
        number += 1
        folder = output.with_name(f"{output.name}-{number}")
    return folder.resolve()


def _edition(size: str, edition: str, place: tuple[int, int], folder: Path, *, keep: bool) -> Path:
    """Measure one edition of the lab, and return the folder of the measurement; the lab is lowered whatever happens."""
    state = Path(os.environ.get("MEETLAT_LAB_STATE", _ROOT / ".lab"))
    measured = folder / "metingen" / edition
    errors().print(say("demo.lab_up", edition=edition, number=place[0], count=place[1]))
    _lab("up", "--size", size, "--edition", edition)
    try:
        _lab("run", "--", sys.executable, "-m", "meetlat", "measure", str(state / "targets.csv"), "-o", str(measured))
        shutil.copyfile(state / "targets.csv", folder / f"doelen-{edition}.csv")
        shutil.copyfile(state / "suppliers.toml", folder / "leveranciers.toml")
        _compare(measured, state / "truth.json", edition)
    finally:
        if not keep:
            _lab("down")
    return measured


def _compare(folder: Path, truth_file: Path, edition: str) -> None:
    """Say how many of the intended verdicts were measured, and name those that were not."""
    truth = intended_under(read_truth(truth_file), read_manifest(folder).run.norms)
    wrong = differences(truth, verdicts_by_key(folder))
    for one in wrong[:20]:
        errors().print(
            say("demo.mismatch", domain=one.domain, key=one.key, intended=one.intended, measured=one.measured or "–"), markup=False
        )
    total = intended_verdicts(truth)
    console().print(say("demo.agreement", edition=edition, domains=len(truth), matched=total - len(wrong), total=total), soft_wrap=True)


def _publish(folder: Path, taken: Sequence[Path]) -> None:
    """Make everything that follows from the measurements, and say what was made."""
    *earlier, last = taken
    rejudged = _option("--rejudged", _judge_again(folder, earlier, last))
    suppliers = ("--suppliers", str(folder / "leveranciers.toml"))
    for name, arguments in steps_of(folder, taken, rejudged, suppliers).items():
        _step(name, *arguments)
    console().print(say("demo.made", folder=folder), soft_wrap=True, markup=False)
    for name in ("measurements", *(("rejudged", "trend") if earlier else ()), "report", "causes", "worklist", "opendata", "site"):
        console().print("  " + say(f"demo.made_{name}", count=len(taken)), soft_wrap=True, markup=False)
    console().print(say("demo.open", path=folder / "site" / "index.html"), soft_wrap=True, markup=False)


def steps_of(folder: Path, taken: Sequence[Path], rejudged: Sequence[str], suppliers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return our own commands that make everything, in order."""
    *earlier, last = taken
    all_of_them, before = tuple(map(str, taken)), _option("--earlier", earlier)
    hosting = ("--hosting", str(folder / "wie-levert-wat.ods"))
    steps = {
        "trend": ("trend", *all_of_them, *rejudged, "-o", str(folder / "trend")),
        "causes": ("causes", str(last), *suppliers, "-o", str(folder / "oorzaken.ods"), *hosting),
        "worklist": ("worklist", str(last), *suppliers, *before, "-o", str(folder / "werklijst.ods")),
        "report": ("report", str(last), "-o", str(folder / "rapport"), "--format", "html,ods", *before, *rejudged),
        "opendata": ("opendata", *all_of_them, "-o", str(folder / "opendata"), *_PUBLISHER),
        "site": ("site", *all_of_them, *rejudged, *suppliers, "--data", str(folder / "opendata"), "-o", str(folder / "site")),
    }
    return steps if earlier else {name: step for name, step in steps.items() if name != "trend"}


def _judge_again(folder: Path, earlier: Iterable[Path], last: Path) -> list[Path]:
    """Judge the earlier measurements by the norms of the day of the last, and the last by those of the day of the first."""
    days = {one: read_manifest(one).finished.date().isoformat() for one in (*earlier, last)}
    first = next(iter(days))
    made = []
    for one in days if len(days) > 1 else ():
        by = days[first] if one == last else days[last]
        again = folder / "herbeoordeeld" / f"{one.name}-normen-{by}"
        _step("judge", "judge", str(one), "--norms", by, "-o", str(again))
        made += [again] if again.exists() else []  # when the norms are the same there is nothing to judge again
    return made


def _option(name: str, paths: Iterable[Path]) -> list[str]:
    """Repeat an option for each path."""
    return list(chain.from_iterable((name, str(path)) for path in paths))


def _step(text: str, *arguments: str) -> None:
    """Run one command of our own without what it shows: its files tell the same. It says itself what is wrong when it fails."""
    errors().print(say(f"demo.step_{text}"))
    _run([sys.executable, "-m", "meetlat", *arguments])


def _lab(*arguments: str) -> None:
    """Run the lab's own command line, or something in the lab."""
    _run([sys.executable, "-m", "lab", *arguments])


def _run(command: Sequence[str]) -> None:
    """Run a program of ours; progress and faults are shown, results are not, and its exit code becomes ours when it fails."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own program
    if done.returncode:
        raise typer.Exit(done.returncode)
