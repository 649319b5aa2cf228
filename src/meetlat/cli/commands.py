# SPDX-License-Identifier: EUPL-1.2
"""The commands by name, each read when it is called for: who measures need not wait for all that makes reports."""

from dataclasses import dataclass
from importlib import import_module

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from meetlat.cli.words import Book


@dataclass(frozen=True, slots=True)
class Source:
    """Where a command is: its module, what it is called there (a function, or an app with commands of its own), and its line of help.

    The module is named and not imported, for reading them all takes a second; so no import contract sees these (``lab`` among them).
    """

    module: str
    attribute: str
    book: str
    key: str

    @property
    def help(self) -> str:
        """What the command is for, in the language of the terminal."""
        return Book(self.book)(self.key)


_HERE = "meetlat.cli"
# In the order of the help.
COMMANDS = {
    "measure": Source(f"{_HERE}.measure", "measure", "cli", "measure.help"),
    "inspect": Source(f"{_HERE}.inspect", "inspect", "cli", "inspect.help"),
    "judge": Source(f"{_HERE}.judge", "judge", "cli", "judge.help"),
    "compare": Source(f"{_HERE}.compare", "compare", "reading", "compare.help"),
    "report": Source(f"{_HERE}.report", "report", "reading", "report.help"),
    "standards": Source(f"{_HERE}.standards", "standards", "reading", "standards.help"),
    "agreements": Source(f"{_HERE}.agreements", "agreements", "agreements", "agreements.help"),
    "causes": Source(f"{_HERE}.causes", "causes", "causes", "causes.help"),
    "worklist": Source(f"{_HERE}.causes", "worklist", "causes", "worklist.help"),
    "trend": Source(f"{_HERE}.trend", "trend", "trend", "trend.help"),
    "trace": Source(f"{_HERE}.trace", "trace", "trace", "trace.help"),
    "site": Source(f"{_HERE}.site", "site", "site", "site.help"),
    "opendata": Source(f"{_HERE}.opendata", "opendata", "opendata", "opendata.help"),
    "preview": Source(f"{_HERE}.replies", "preview", "replies", "preview.help"),
    "demo": Source(f"{_HERE}.demo", "demo", "cli", "demo.help"),
    "replies": Source(f"{_HERE}.replies", "app", "replies", "replies.help"),
    "organisations": Source(f"{_HERE}.organisations", "app", "organisations", "organisations.help"),
    "lab": Source("lab.commands", "app", "cli", "lab.help"),
}


class _Later(TyperCommand):
    """Stands for a command in the list, and becomes the command itself when that is called for."""

    def __init__(self, name: str, source: Source) -> None:
        super().__init__(name, help=source.help)
        self._source = source

    def make_context(  # type: ignore[override]  # the type of a context is one that typer keeps to itself
        self, info_name: str | None, args: list[str], parent: typer.Context | None = None, **extra: object
    ) -> object:
        """Read the command, and let it read its arguments."""
        made = getattr(import_module(self._source.module), self._source.attribute)
        if not isinstance(made, typer.Typer):
            function, made = made, typer.Typer(pretty_exceptions_enable=False, add_completion=False)
            made.command(help=self.help)(function)
        made.info.help = self.help
        return get_command(made).make_context(info_name, args, parent, **extra)


class Commands(TyperGroup):
    """All commands."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # typer's own, passed on
        for name, source in COMMANDS.items():
            self.add_command(_Later(name, source))
