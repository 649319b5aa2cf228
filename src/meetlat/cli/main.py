# SPDX-License-Identifier: EUPL-1.2
"""The command line as a whole: its commands, and what happens when something goes wrong."""

import logging
import sys

import typer
from rich.markup import escape

from meetlat.cli.commands import Commands
from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import fault_sentence
from meetlat.cli.shown import errors
from meetlat.cli.targets import TargetsError
from meetlat.cli.words import say
from meetlat.probes.network import NetworkError
from meetlat.probes.unbound import ResolverError
from meetlat.publish.errors import ReportError
from meetlat.standards.loading import StandardError
from meetlat.store.errors import MeasurementError

_USER_FAULTS = (UsageFault, TargetsError, MeasurementError, NetworkError, ReportError, ResolverError, StandardError)

app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback(help=say("app.help"))
def _meetlat() -> None:
    """Hold the commands together."""


def run() -> None:
    """Run the command line; faults of the person at the terminal are one sentence and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    sys.exit(_exit_code())


def _exit_code() -> int:
    """Run the command that was asked for and return how it ended; what typer itself has to say it says, and exits."""
    try:
        app(prog_name="meetlat")
    except BrokenPipeError:
        return 0
    except _USER_FAULTS as error:
        return _told(error)
    except BaseExceptionGroup as group:
        # Tasks that run together fail together: what the person did is the first that is no cancellation.
        first = _first(group)
        if not isinstance(first, _USER_FAULTS):
            raise
        return _told(first)
    return 0


def _told(error: Exception) -> int:
    """Say in one sentence what cannot be done."""
    sentence = str(error)
    if isinstance(error, (MeasurementError, ReportError)):
        sentence = fault_sentence(error)
    elif isinstance(error, ResolverError):
        sentence = say(f"resolver.{error.fault.name.lower()}", detail=error.detail)
    errors().print(f"[red]{escape(sentence)}[/red]", soft_wrap=True)
    return 2


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first single exception of a group, however deep."""
    one: BaseException = group
    while isinstance(one, BaseExceptionGroup):
        one = one.exceptions[0]
    return one


if __name__ == "__main__":
    run()
