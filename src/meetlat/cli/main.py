# SPDX-License-Identifier: EUPL-1.2
"""The command line as a whole: its commands, and what happens when something goes wrong."""

import logging
import sys

import typer
from rich.markup import escape

from lab.commands import app as lab_app
from meetlat.cli.agreements import agreements, spoken
from meetlat.cli.causes import causes, tell, worklist
from meetlat.cli.compare import compare
from meetlat.cli.demo import demo
from meetlat.cli.faults import UsageFault
from meetlat.cli.inspect import inspect
from meetlat.cli.judge import judge
from meetlat.cli.measure import measure
from meetlat.cli.opendata import name_it, opendata
from meetlat.cli.organisations import app as organisations_app
from meetlat.cli.organisations import phrase as organisations_phrase
from meetlat.cli.reading import fault_sentence, told
from meetlat.cli.replies import app as replies_app
from meetlat.cli.replies import phrase, preview
from meetlat.cli.report import report
from meetlat.cli.shown import errors
from meetlat.cli.site import site, speak
from meetlat.cli.standards import standards
from meetlat.cli.targets import TargetsError
from meetlat.cli.trace import trace
from meetlat.cli.trace_words import tell as trace_tell
from meetlat.cli.trend import trend
from meetlat.cli.trend_words import phrase as trend_phrase
from meetlat.cli.words import say
from meetlat.probes.network import NetworkError
from meetlat.probes.unbound import ResolverError
from meetlat.publish.report import ReportError
from meetlat.standards.loading import StandardError
from meetlat.store.errors import MeasurementError

_USER_FAULTS = (UsageFault, TargetsError, MeasurementError, NetworkError, ReportError, ResolverError, StandardError)

app = typer.Typer(help=say("app.help"), no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.command(help=say("measure.help"))(measure)
app.command(help=say("inspect.help"))(inspect)
app.command(help=say("judge.help"))(judge)
app.command(help=told("compare.help"))(compare)
app.command(help=told("report.help"))(report)
app.command(help=told("standards.help"))(standards)
app.command(help=spoken("agreements.help"))(agreements)
app.command(help=tell("causes.help"))(causes)
app.command(help=tell("worklist.help"))(worklist)
app.command(help=trend_phrase("trend.help"))(trend)
app.command(help=trace_tell("trace.help"))(trace)
app.command(help=speak("site.help"))(site)
app.command(help=name_it("opendata.help"))(opendata)
app.command(help=phrase("preview.help"))(preview)
app.add_typer(replies_app, name="replies", help=phrase("replies.help"))
app.add_typer(organisations_app, name="organisations", help=organisations_phrase("organisations.help"))
app.command(help=say("demo.help"))(demo)
app.add_typer(lab_app, name="lab", help=say("lab.help"))


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
