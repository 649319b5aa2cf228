# SPDX-License-Identifier: EUPL-1.2
"""The list of commands: each is there, says what it is for, and is read only when it is called for."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from meetlat.cli.commands import COMMANDS
from meetlat.cli.main import app

_HEAVY = ("scipy", "duckdb", "pyarrow", "weasyprint", "dns", "meetlat.publish.report", "meetlat.probes.prober", "lab.commands")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_is_for(name):
    """In its own help, in the words of the list; and no command offers to install anything."""
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}, terminal_width=200)
    assert shown.exit_code == 0
    assert COMMANDS[name].help in shown.output
    assert f"Usage: root {name} " in shown.output  # the runner of tests has no other name for the program
    assert "--install-completion" not in shown.output


def test_a_command_that_is_not_there(capsys):
    """What comes near it is named."""
    shown = CliRunner().invoke(app, ["measur"])
    assert shown.exit_code == 2
    assert "'measure'" in shown.output + capsys.readouterr().err


def _told_by(program, **environment):
    """Run a program in a process of its own and return what it prints."""
    everything = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=everything).stdout.strip()


def test_every_help_can_be_shown_in_english():
    """The language is chosen once per process; square brackets in a text are no markup."""
    program = """
from typer.testing import CliRunner
from meetlat.cli.main import app
from meetlat.cli.commands import COMMANDS
shown = {name: CliRunner().invoke(app, [name, "--help"], terminal_width=200) for name in COMMANDS}
print([name for name, one in shown.items() if one.exit_code or COMMANDS[name].help not in one.output])
"""
    assert _told_by(program, MEETLAT_LANG="en", COLUMNS="200") == "[]"


def test_the_list_reads_no_command():
    """Whoever asks for one command does not wait for the libraries of all."""
    program = f"import sys, meetlat.cli.main; print([one for one in {_HEAVY!r} if one in sys.modules])"
    assert _told_by(program) == "[]"
