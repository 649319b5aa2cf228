# SPDX-License-Identifier: EUPL-1.2
"""meetlat demo: the main job from beginning to end, on the fictional government of the lab."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from lab.truth import differences, intended_verdicts, read_truth
from meetlat.analysis.verdicts import verdicts_by_key
from meetlat.cli.faults import fault
from meetlat.cli.shown import console, errors
from meetlat.cli.words import language, say
from meetlat.publish.report import write_report
from meetlat.standards.loading import standards

_SIZES = ("small", "full")
_ROOT = Path(__file__).resolve().parents[3]


def demo(
    size: Annotated[str, typer.Option("--size", help=say("demo.size"))] = "small",
    output: Annotated[Path, typer.Option("-o", "--output", help=say("demo.output"))] = Path("demo"),
    keep_lab: Annotated[bool, typer.Option("--keep-lab", help=say("demo.keep"))] = False,
) -> None:
    """Raise the lab, measure, judge, report, lower the lab."""
    if size not in _SIZES:
        raise fault("size", text=repr(size[:40]))
    folder = _new_folder(output)
    state = Path(os.environ.get("MEETLAT_LAB_STATE", _ROOT / ".lab"))
    errors().print(say("demo.lab_up"))
    _lab("up", "--size", size)
    try:
        _lab("run", "--", sys.executable, "-m", "meetlat", "measure", str(state / "targets.csv"), "-o", str(folder / "meting"))
        _compare(folder / "meting", state / "truth.json")
    finally:
        if not keep_lab:
            _lab("down")
    report = write_report(folder / "meting", folder / "rapport", language(), standards())
    console().print(say("demo.report", path=report.index))


def _new_folder(output: Path) -> Path:
    """Return the folder for this demo: the one asked for, or the first with a number behind it that is not there yet."""
    number = 1
    folder = output
    while folder.exists():
        number += 1
        folder = output.with_name(f"{output.name}-{number}")
    return folder.resolve()


def _compare(folder: Path, truth_file: Path) -> None:
    """Say how many of the intended verdicts were measured, and name those that were not."""
    truth = read_truth(truth_file)
    wrong = differences(truth, verdicts_by_key(folder))
    for one in wrong[:20]:
        errors().print(
            say("demo.mismatch", domain=one.domain, key=one.key, intended=one.intended, measured=one.measured or "–"), markup=False
        )
    total = intended_verdicts(truth)
    console().print(say("demo.agreement", matched=total - len(wrong), total=total))


def _lab(*arguments: str) -> None:
    """Run the lab's own command line; it has said what is wrong when it fails, and its exit code becomes ours."""
    done = subprocess.run([sys.executable, "-m", "lab", *arguments], check=False)  # noqa: S603 - our own program
    if done.returncode:
        raise typer.Exit(done.returncode)
