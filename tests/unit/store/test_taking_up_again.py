# SPDX-License-Identifier: EUPL-1.2
"""One Meetlat at a time writes to a folder, and what was interrupted is taken up again by the same command."""

import errno
import fcntl
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from meetlat.standards.loading import standards
from meetlat.store import folder as layout
from meetlat.store import run as run_module
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import create, held, read_listings, resume
from meetlat.store.judgements import write_judgements
from meetlat.store.manifest import create_rejudgement, read_manifest, seal, verify_digests
from meetlat.store.run import plan_run
from tests.unit.made_up import FINISHED, RUN, SHARDS, STARTED, measurement


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A finished measurement of three domains in two shards."""
    measurement(tmp_path / "m", SHARDS, {})
    return tmp_path / "m"


def _fault(function, *arguments) -> Fault:
    with pytest.raises(MeasurementError) as caught:
        function(*arguments)
    assert str(caught.value).endswith(".")
    return caught.value.fault


def test_two_that_write_to_one_folder(tmp_path):
    """The second is refused, also when it is another process; who is done leaves nothing behind."""
    folder = tmp_path / "meting"
    another = f"import sys; from pathlib import Path; from meetlat.store.folder import held\nwith held(Path({str(folder)!r})): pass"
    with held(folder):
        assert _fault(held(folder).__enter__) is Fault.BUSY
        refused = subprocess.run([sys.executable, "-c", another], capture_output=True, text=True, check=False)
        assert "is being written to by another Meetlat" in refused.stderr
        create(folder, RUN, SHARDS)
    with held(folder):
        assert resume(folder, RUN, SHARDS)
    assert {path.name for path in folder.iterdir()} == {layout.RUN, layout.TARGETS, layout.EVIDENCE}


def test_a_folder_in_which_nothing_came_is_taken_away(tmp_path):
    """When the resolver turns out to be dead, nothing is left; a folder that was there before stays."""
    with held(tmp_path / "new"):
        pass
    with held(tmp_path):
        pass
    assert tmp_path.exists()
    assert not (tmp_path / "new").exists()


def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    """There two at once are not noticed."""
    monkeypatch.setattr(fcntl, "flock", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOLCK, "No locks available")))
    with held(tmp_path):
        create(tmp_path, RUN, SHARDS)


@pytest.mark.parametrize("name", ["a" * 300, "file", "file/below"])
def test_a_place_where_no_folder_can_be(tmp_path, name):
    """It is said in one sentence."""
    (tmp_path / "file").write_text("")
    assert _fault(held(tmp_path / name).__enter__) in {Fault.NOT_EMPTY, Fault.NOT_WRITABLE}


def _begun(parent: Path, folder: Path):
    """Begin a re-judgement under the oldest norm for HSTS."""
    hsts = standards()["hsts"]
    return create_rejudgement(parent, folder, [hsts], {"hsts": hsts.norms[0]})


@pytest.mark.parametrize("killed_before", [layout.TARGETS, layout.RUN, layout.FINDINGS, layout.VERDICTS])
def test_a_rejudgement_that_was_interrupted_goes_on(sealed, tmp_path, killed_before):
    """Wherever it was killed, the same command finishes it."""
    folder = tmp_path / "again"
    first = _begun(sealed, folder)
    write_judgements(folder, [(line, ()) for shard in read_listings(folder) for line in shard])
    made = [layout.TARGETS, layout.RUN, layout.FINDINGS, layout.VERDICTS]
    for name in made[made.index(killed_before) :]:
        (folder / name).unlink()
    if killed_before == layout.TARGETS:
        layout.shard_path(folder, 1).unlink()
    assert _begun(sealed, folder) == first
    write_judgements(folder, [(line, ()) for shard in read_listings(folder) for line in shard])
    assert seal(folder, FINISHED, {}).counts == read_manifest(sealed).counts | {"findings": 0, "verdicts": 0}
    verify_digests(folder)


def test_another_rejudgement_than_was_interrupted_is_refused(sealed, tmp_path):
    """Under other norms it is another; and one that is finished is never changed."""
    hsts = standards()["hsts"]
    _begun(sealed, tmp_path / "again")
    with pytest.raises(MeasurementError, match=r"other settings \(norms\)"):
        create_rejudgement(sealed, tmp_path / "again", [hsts], {"hsts": hsts.norms[-1]})
    write_judgements(tmp_path / "again", [(line, ()) for shard in SHARDS for line in shard])
    seal(tmp_path / "again", FINISHED, {})
    assert _fault(_begun, sealed, tmp_path / "again") is Fault.SEALED


def test_other_rules_or_facts_make_another_digest(tmp_path, monkeypatch):
    """Every module of a standard counts, and so does how answers are read."""
    folder = tmp_path / "hsts"
    shutil.copytree(standards()["hsts"].folder, folder)
    copied = replace(standards()["hsts"], folder=folder)
    digests = [_digest(copied)]
    (folder / "rules_of_more.py").write_text("more = 1\n")
    digests.append(_digest(copied))
    (folder / "guidance.nl.md").write_text("anders")
    digests.append(_digest(copied))
    monkeypatch.setattr(run_module, "_digest_of_facts", lambda: "other facts")
    digests.append(_digest(copied))
    assert (len(set(digests)), digests[1]) == (3, digests[2])


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        pytest.param("facts/dns.py", True, id="how answers are read"),
        pytest.param("model/evidence.py", True, id="whose failure is whose doing"),
        pytest.param("engine/judge.py", True, id="how rules are applied"),
        pytest.param("engine/run.py", False, id="how a run is carried out does not count"),
    ],
)
def test_what_every_standard_rests_on_counts(tmp_path, monkeypatch, changed, counts):
    """So that a re-judgement under the same norms says when it comes out by other rules."""
    package = Path(run_module.__file__).parents[1]
    for folder in ("facts", "model", "engine"):
        shutil.copytree(package / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(run_module, "files", lambda _: tmp_path)
    digests = set()
    for _ in range(2):
        run_module._digest_of_facts.cache_clear()  # noqa: SLF001 - kept for the whole process otherwise
        digests.add(_digest(standards()["hsts"]))
        (tmp_path / changed).write_text("changed = True\n", encoding="utf-8")
    run_module._digest_of_facts.cache_clear()  # noqa: SLF001 - idem
    assert len(digests) == (2 if counts else 1)


def _digest(standard) -> str:
    """Return the digest that a measurement of this standard keeps."""
    return plan_run(STARTED, "Testnet", [standard], {"hsts": standard.norms[-1]}, 200).standards["hsts"]
