# SPDX-License-Identifier: EUPL-1.2
"""Check the servers of the running lab against its plan, by independent clients: ``python -m lab.verify STATE [DOMAIN...]``.

Runs in the probe segment. Nothing of Meetlat takes part, so that a fault of the lab is never mistaken for one of the product,
or hidden by it.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab import scenario, verify_dane, verify_dns, verify_mail, verify_profiles, verify_tls, verify_web
from lab.clients import Check, ClientFailedError
from lab.plan import Plan
from lab.scenario import plan_of
from lab.scope import UnknownDomainError, scope_of
from lab.state import read_status

_MAKERS = (verify_dns, verify_web, verify_profiles, verify_tls, verify_mail, verify_dane)
_AT_ONCE = 8 * (os.cpu_count() or 1)  # most of them wait for a server that is silent on purpose
_LONGEST_SHOWN = 400
_NOT_SEEN = "not looked at"


@dataclass(frozen=True, slots=True)
class Result:
    """What the plan promises of one subject, and what a client saw."""

    what: str
    subject: str
    promised: str
    seen: str

    @property
    def is_as_promised(self) -> bool:
        """Whether the client saw what the plan promises."""
        return self.promised == self.seen


def results_of(check: Check) -> list[Result]:
    """Look once, and compare every subject. A client that fails proves nothing, so that is no success either."""
    try:
        seen = check.look()
    except ClientFailedError as error:
        seen = dict.fromkeys(check.promised, f"the client failed: {error}")
    return [Result(check.what, subject, promised, seen.get(subject, _NOT_SEEN)) for subject, promised in check.promised.items()]


def run_checks(checks: Sequence[Check]) -> list[Result]:
    """Carry out all checks, several at a time; what was not as promised is looked at once more, alone.

    Beside many others on a busy machine a client gives up on an answer that was on its way. A server that is truly
    otherwise than promised is so the second time as well.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        seen = list(pool.map(results_of, checks))
    again = (
        results if all(result.is_as_promised for result in results) else results_of(check)
        for check, results in zip(checks, seen, strict=True)
    )
    return [result for results in again for result in results]


def checks_of(plan: Plan, state: Path, special: Iterable[str], only: Iterable[str] = ()) -> list[Check]:
    """List the checks of every special domain and a sample of the others, or of the domains asked for only."""
    scope = scope_of(plan, special, only)
    return [check for maker in _MAKERS for check in maker.checks(plan, scope, state)]


def report(results: Sequence[Result], seconds: float, console: Console) -> int:
    """Print how many of each kind were checked, and everything that is not as promised; return the exit code."""
    done = Counter(result.what for result in results)
    wrong = [result for result in results if not result.is_as_promised]
    amiss = Counter(result.what for result in wrong)
    table = Table("What", "Checked", "As promised", "Not", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for what, count in sorted(done.items()):
        table.add_row(what, str(count), str(count - amiss[what]), str(amiss[what]) if amiss[what] else "")
    console.print(table)
    for result in wrong:
        console.print(Text(f"\n{result.what}: {result.subject}", style="red"), soft_wrap=True)
        console.print(Text(f"  promised: {result.promised[:_LONGEST_SHOWN]}\n  seen:     {result.seen[:_LONGEST_SHOWN]}"), soft_wrap=True)
    if not results:
        console.print("Nothing was checked.")
        return 1
    console.print(f"\n{len(results) - len(wrong)} of {len(results)} are as the scenario promises ({seconds:.1f} s).")
    return 1 if wrong else 0


def main(state: Path, only: Sequence[str], console: Console) -> int:
    """Check the lab of a state folder."""
    status = read_status(state)
    if status is None:
        console.print(f"There is no lab in {state}.")
        return 2
    plan = plan_of(status)
    specimens = (replace(status, size=size) for size, one in scenario.read(status.path)["sizes"].items() if one["specimens"])
    # The smallest of the sizes with specimens is all that the scenario names, and hardly more.
    special = (one.domain for one in min(map(plan_of, specimens), key=lambda one: len(one.intended)).intended)
    began = time.monotonic()
    try:
        checks = checks_of(plan, state, special, only)
    except UnknownDomainError as error:
        console.print(f"{error}.")
        return 2
    return report(run_checks(checks), time.monotonic() - began, console)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:], Console(highlight=False)))
