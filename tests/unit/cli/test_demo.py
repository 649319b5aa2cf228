# SPDX-License-Identifier: EUPL-1.2
"""meetlat demo: what it starts and in which order, that it lowers the lab whatever happens, and overwrites nothing."""

import pytest
import typer
from typer.testing import CliRunner

from meetlat.cli import demo as module
from meetlat.cli.main import app


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Record what the lab is asked, in place of a lab; what is published is left out."""
    asked = []
    (tmp_path / "state").mkdir()
    for name in ("targets.csv", "suppliers.toml"):
        (tmp_path / "state" / name).write_text("", encoding="utf-8")

    def lab(*arguments):
        asked.append(arguments[0] if arguments[0] != "up" else f"up {arguments[-1]}")
        if arguments[0] == "run":
            (tmp_path / "demo").mkdir(exist_ok=True)

    monkeypatch.setenv("MEETLAT_LAB_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(module, "_lab", lab)
    monkeypatch.setattr(module, "_compare", lambda *_: asked.append("compare"))
    monkeypatch.setattr(module, "_publish", lambda _, taken: asked.append([one.name for one in taken]))
    return asked


def _demo(tmp_path, *arguments):
    """Run the command."""
    return CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo"), *arguments])


def test_three_editions_one_after_another(started, tmp_path):
    """Each is raised, measured, compared and lowered before the next."""
    assert _demo(tmp_path).exit_code == 0
    each = ["run", "compare", "down"]
    assert started == ["up 2025-09", *each, "up 2026-02", *each, "up now", *each, ["2025-09", "2026-02", "now"]]


@pytest.mark.parametrize("arguments", [["--editions", "1"], ["--size", "small"], ["--size", "full"]], ids=" ".join)
def test_one_edition_is_the_last(started, tmp_path, arguments):
    """Who asks for one moment, or for another size, gets the present."""
    assert _demo(tmp_path, *arguments).exit_code == 0
    assert started == ["up now", "run", "compare", "down", ["now"]]


def test_the_lab_can_stay_up(started, tmp_path):
    """Only the last one stays; an earlier one has to go to make room."""
    assert _demo(tmp_path, "--editions", "2", "--keep-lab").exit_code == 0
    assert started == ["up 2026-02", "run", "compare", "down", "up now", "run", "compare", ["2026-02", "now"]]


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt(), 130), (typer.Exit(3), 3)], ids=["Ctrl-C", "a failure"])
def test_the_lab_is_lowered_whatever_happens(started, tmp_path, monkeypatch, stop, code):
    """Ctrl-C and a failure in mid-measurement lower the lab, and nothing is made of what is not whole."""

    def fails(*_):
        raise stop

    monkeypatch.setattr(module, "_compare", fails)
    assert _demo(tmp_path).exit_code == code
    assert started == ["up 2025-09", "run", "down"]


def test_an_existing_folder_is_left_alone(started, tmp_path):
    """A second demo gets a folder with a number behind it."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "demo-2").mkdir()
    assert module.new_folder(tmp_path / "demo") == tmp_path / "demo-3"
    assert started == []


@pytest.mark.parametrize("count", [1, 3])
def test_every_step_is_a_command_that_the_command_line_knows(tmp_path, count):
    """A command or option that was renamed is found here, and not at the end of a demo of minutes."""
    commands = typer.main.get_command(app).commands
    taken = [tmp_path / f"m{number}" for number in range(count)]
    steps = module.steps_of(tmp_path, taken, ["--rejudged", "r"], ["--suppliers", "s"])
    assert ("trend" in steps) is (count > 1)
    for name, *arguments in steps.values():
        commands[name].make_context(name, list(arguments))
