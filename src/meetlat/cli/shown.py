# SPDX-License-Identifier: EUPL-1.2
"""Where things are shown: results on standard output, progress and faults on standard error."""

from functools import cache

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from meetlat.model.norm import Verdict

STYLES = {
    Verdict.COMPLIANT: ("✔", "green"),
    Verdict.NON_COMPLIANT: ("✘", "red"),
    Verdict.UNDETERMINED: ("?", "yellow"),
    Verdict.NOT_APPLICABLE: ("–", "dim"),
}


@cache
def console() -> Console:
    """Return where results go."""
    return Console(highlight=False)


@cache
def errors() -> Console:
    """Return where progress and faults go."""
    return Console(stderr=True, highlight=False)


def progress_bar() -> Progress:
    """Make a progress bar that counts."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=errors(), transient=False, refresh_per_second=2)
