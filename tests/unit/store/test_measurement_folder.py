# SPDX-License-Identifier: EUPL-1.2
"""A measurement folder says what was put in it, refuses what is wrong with it, and never changes once it is finished."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from meetlat.model.domain import Domain
from meetlat.model.evidence import Failure, Need, Observation
from meetlat.model.finding import Status
from meetlat.model.target import Role, Target
from meetlat.standards.loading import standards
from meetlat.store import folder as layout
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.evidence import read_observations, read_shard, write_shard
from meetlat.store.files import write_json
from meetlat.store.folder import create, finished_shards, ministry_of, read_listings, read_run, resume
from meetlat.store.judgements import findings_of, observations_of, read_judgements, write_judgements
from meetlat.store.manifest import create_rejudgement, read_manifest, seal, verify_digests
from meetlat.store.run import digest_of_targets, plan_run
from tests.unit.made_up import (
    ASKING,
    COSTS,
    DUINRADE,
    FINISHED,
    HEIDERIJK,
    RUN,
    SHARDS,
    STARTED,
    VEENWAARD,
    judgement,
    measurement,
    need_of,
    observation_of,
)

_WEB = Target(DUINRADE.domain, Role.WEB)
_JUDGED = {
    _WEB: [
        judgement(_WEB, "hsts", {"hsts.header-is-present": Status.VIOLATED, "hsts.max-age-is-long-enough": Status.UNDETERMINED}, "absent")
    ]
}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A finished measurement of three domains in two shards."""
    measurement(tmp_path / "m", SHARDS, _JUDGED)
    return tmp_path / "m"


def test_targets_come_back_per_shard_sorted_by_domain(tmp_path):
    """What is listed last but sorts first comes first within its shard."""
    create(tmp_path, RUN, ((HEIDERIJK, DUINRADE), (VEENWAARD,)))
    assert read_listings(tmp_path) == ((DUINRADE, HEIDERIJK), (VEENWAARD,))


def test_what_the_register_knows_of_an_organisation_comes_back(tmp_path):
    """Id and ministry per organisation; who says neither is in no ministry."""
    known = replace(DUINRADE, organisation_id="https://duinrade.example/id/gm1", ministry="Ministerie van Kust")
    create(tmp_path, RUN, ((known, HEIDERIJK), (VEENWAARD,)))
    assert read_listings(tmp_path) == ((known, HEIDERIJK), (VEENWAARD,))
    assert ministry_of(tmp_path) == {DUINRADE.organisation: "Ministerie van Kust"}


def test_a_folder_from_before_organisations_had_ids_is_still_read(tmp_path):
    """The two columns that it lacks are unknown, and its targets have the digest that they had."""
    begun = create(tmp_path, RUN, SHARDS)
    table = pq.read_table(tmp_path / layout.TARGETS).drop_columns(["organisation_id", "ministry"])
    pq.write_table(table.cast(schemas.TARGETS_WITHOUT_REGISTER), tmp_path / layout.TARGETS)
    assert read_listings(tmp_path) == SHARDS
    assert ministry_of(tmp_path) is None
    assert begun.targets == "b8785970b0e233d25eb95f09dda007cd622148793c30f49c71f01821b7b25ebd"  # what the version before this gave


def test_targets_with_another_id_or_ministry_are_other_targets():
    """A run that was begun with one list does not go on with the other."""
    lists = [DUINRADE, replace(DUINRADE, organisation_id="x"), replace(DUINRADE, ministry="x"), replace(DUINRADE, ministry="y")]
    assert len({digest_of_targets([[one]]) for one in lists}) == len(lists)


def test_judgements_come_back_as_they_were(sealed):
    """Findings, their needs, arguments and causes, verdicts and parts survive the folder."""
    assert findings_of(sealed, DUINRADE.domain) == (DUINRADE, tuple(_JUDGED[_WEB]))
    assert read_judgements(sealed, 1) == ((VEENWAARD, ()),)


def test_parts_come_back_with_their_verdicts(tmp_path):
    """A judgement with parts keeps them apart from the whole."""
    split = replace(_JUDGED[_WEB][0], parts={"record": _JUDGED[_WEB][0].verdict})
    measurement(tmp_path / "m", SHARDS, {_WEB: [split]})
    assert findings_of(tmp_path / "m", DUINRADE.domain)[1] == (split,)


def test_observations_of_a_domain_are_those_that_its_findings_rest_on(sealed):
    """The evidence of a domain is found through the needs of its findings."""
    assert observations_of(sealed, DUINRADE.domain) == (observation_of(_WEB),)


def test_every_attempt_is_kept_and_the_last_counts(tmp_path):
    """A failure that went before an answer stays in the file."""
    create(tmp_path, RUN, SHARDS)
    answer = replace(observation_of(_WEB), attempt=2)
    failed = Observation(need_of(_WEB), STARTED, failure=Failure.REFUSED)
    write_shard(tmp_path, 0, [answer, failed])
    assert list(read_observations(tmp_path, 0)) == [failed, answer]
    assert read_shard(tmp_path, 0).get(need_of(_WEB)) == answer


def test_equal_observations_give_an_equal_file(tmp_path):
    """A shard done twice, in another order, is the same file."""
    create(tmp_path, RUN, SHARDS)
    observations = [observation_of(Target(line.domain, Role.WEB)) for line in SHARDS[0]]
    write_shard(tmp_path, 0, observations)
    first = layout.shard_path(tmp_path, 0).read_bytes()
    write_shard(tmp_path, 0, reversed(observations))
    assert layout.shard_path(tmp_path, 0).read_bytes() == first


def test_one_row_group_per_shard(sealed):
    """Findings and verdicts can be read shard by shard, also a shard without any."""
    for name in (layout.FINDINGS, layout.VERDICTS):
        assert pq.ParquetFile(sealed / name).num_row_groups == len(SHARDS)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((VEENWAARD, DUINRADE, HEIDERIJK), id="second shard first"),
        pytest.param((DUINRADE, VEENWAARD), id="a domain forgotten"),
        pytest.param((DUINRADE, HEIDERIJK), id="a shard forgotten"),
        pytest.param((DUINRADE, HEIDERIJK, DUINRADE, VEENWAARD), id="a domain twice"),
    ],
)
def test_judgements_that_are_not_complete_are_refused(tmp_path, order):
    """A domain can not get lost between judging and writing; nothing half is left."""
    create(tmp_path, RUN, SHARDS)
    with pytest.raises(ValueError, match="shard"):
        write_judgements(tmp_path, [(line, ()) for line in order])
    assert not (tmp_path / layout.FINDINGS).exists()
    assert not list(tmp_path.glob("*.partial"))


def test_a_kill_between_writing_and_renaming_leaves_nothing_half(tmp_path, monkeypatch):
    """What was not renamed does not count as finished, and the next try takes its place."""
    create(tmp_path, RUN, SHARDS)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_shard(tmp_path, 0, [observation_of(_WEB)])
    assert finished_shards(tmp_path) == set()
    write_shard(tmp_path, 0, [observation_of(_WEB)])
    assert finished_shards(tmp_path) == {0}
    assert [path.name for path in (tmp_path / layout.EVIDENCE).iterdir()] == ["shard-00000.parquet"]


def test_a_kill_while_beginning_leaves_a_folder_that_can_be_begun(tmp_path, monkeypatch):
    """Without run.json there is no measurement yet."""
    with monkeypatch.context() as patched:
        patched.setattr("meetlat.store.folder.write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            create(tmp_path, RUN, SHARDS)
    assert _fault(read_run, tmp_path) is Fault.NOT_A_MEASUREMENT
    create(tmp_path, RUN, SHARDS)
    assert read_listings(tmp_path) == SHARDS


def test_a_full_disk_is_a_measurement_error(tmp_path, monkeypatch):
    """The operating system's complaint is in the sentence."""
    create(tmp_path, RUN, SHARDS)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(MeasurementError, match="No space left on device"):
        write_shard(tmp_path, 0, [observation_of(_WEB)])
    assert not list((tmp_path / layout.EVIDENCE).iterdir())


def test_resume_gives_the_run_as_it_began(tmp_path):
    """That the clock went on is no other setting."""
    begun = create(tmp_path, RUN, SHARDS)
    later = replace(RUN, started=STARTED + timedelta(hours=3))
    assert resume(tmp_path, later, SHARDS) == begun


@pytest.mark.parametrize(
    ("run", "shards", "word"),
    [
        pytest.param(replace(RUN, vantage="Elsewhere"), SHARDS, "vantage", id="other vantage"),
        pytest.param(replace(RUN, norms={"hsts": "2012-11"}), SHARDS, "norms", id="other norm"),
        pytest.param(RUN, SHARDS[:1], "targets", id="other targets"),
        pytest.param(RUN, (SHARDS[0], (replace(VEENWAARD, group="Overig"),)), "targets", id="other group"),
        pytest.param(replace(RUN, meetlat="0.2.0"), SHARDS, "meetlat", id="other version of Meetlat"),
    ],
)
def test_resume_with_other_settings_is_refused(tmp_path, run, shards, word):
    """The sentence names the setting."""
    create(tmp_path, RUN, SHARDS)
    with pytest.raises(MeasurementError, match=f"other settings \\({word}\\)"):
        resume(tmp_path, run, shards)


def test_the_manifest_counts_and_names_every_file(sealed):
    """Counts, costs and digests are those of the content."""
    manifest = verify_digests(sealed)
    assert manifest == read_manifest(sealed)
    assert manifest.id.startswith("2026-06-01-")
    assert manifest.counts == {"domains": 3, "organisations": 3, "targets": 4, "shards": 2, "observations": 3, "findings": 2, "verdicts": 1}
    assert manifest.costs == COSTS
    written = {path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file()}
    assert set(manifest.files) == written - {layout.MANIFEST}


def test_a_finished_measurement_is_never_written_to(sealed):
    """No function of the store changes it."""
    writes = (
        lambda: write_shard(sealed, 0, []),
        lambda: write_judgements(sealed, []),
        lambda: seal(sealed, FINISHED, {}),
        lambda: resume(sealed, RUN, SHARDS),
    )
    assert [_fault(write) for write in writes] == [Fault.SEALED] * len(writes)
    assert _fault(create, sealed, RUN, SHARDS) is Fault.NOT_EMPTY


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _set(key: str, value: object):
    def change(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    return change


def _other_columns(path: Path) -> None:
    path.write_bytes((path.parent / layout.TARGETS).read_bytes())


@pytest.mark.parametrize(
    ("name", "damage", "fault"),
    [
        pytest.param("evidence/shard-00001.parquet", _cut, Fault.DAMAGED, id="evidence cut short"),
        pytest.param("evidence/shard-00001.parquet", Path.unlink, Fault.DAMAGED, id="evidence gone"),
        pytest.param("verdicts.parquet", _cut, Fault.DAMAGED, id="verdicts cut short"),
        pytest.param("verdicts.parquet", _other_columns, Fault.DAMAGED, id="another table in its place"),
        pytest.param("run.json", _set("vantage", "Elsewhere"), Fault.DAMAGED, id="settings changed"),
        pytest.param("run.json", Path.unlink, Fault.NOT_A_MEASUREMENT, id="settings gone"),
        pytest.param("manifest.json", Path.unlink, Fault.UNFINISHED, id="manifest gone"),
        pytest.param("manifest.json", lambda path: path.write_text("[]"), Fault.DAMAGED, id="manifest is a list"),
        pytest.param("manifest.json", lambda path: path.write_bytes(b"\xff\xfe"), Fault.DAMAGED, id="manifest is no text"),
        pytest.param("manifest.json", _set("finished", "soon"), Fault.DAMAGED, id="manifest without a date"),
        pytest.param(
            "manifest.json",
            _set("files", {"../x": {"sha256": "", "bytes": 0, "rows": 0}}),
            Fault.DAMAGED,
            id="manifest names a file elsewhere",
        ),
        pytest.param("manifest.json", _set("format", 2), Fault.OTHER_FORMAT, id="format of the future"),
    ],
)
def test_damage_is_found(sealed, name, damage, fault):
    """Whatever is wrong, the error says which kind of wrong."""
    damage(sealed / name)
    assert _fault(verify_digests, sealed) is fault


@pytest.mark.parametrize(
    ("read", "name"),
    [
        pytest.param(lambda folder: read_shard(folder, 1), "evidence/shard-00001.parquet", id="evidence"),
        pytest.param(lambda folder: read_judgements(folder, 0), "findings.parquet", id="findings"),
        pytest.param(lambda folder: read_judgements(folder, 0), "verdicts.parquet", id="verdicts"),
        pytest.param(read_listings, "targets.parquet", id="targets"),
    ],
)
def test_reading_what_is_damaged_is_a_measurement_error(sealed, read, name):
    """Also without looking at digests, damage is no traceback."""
    _cut(sealed / name)
    assert _fault(read, sealed) is Fault.DAMAGED


def test_a_folder_that_is_no_measurement(tmp_path):
    """Not there, and empty, are told apart."""
    assert _fault(read_manifest, tmp_path / "nowhere") is Fault.NOT_THERE
    assert _fault(read_manifest, tmp_path) is Fault.NOT_A_MEASUREMENT


def test_create_refuses_a_file_and_a_folder_in_use(tmp_path):
    """Nothing of others is overwritten."""
    (tmp_path / "file").write_text("")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "letter.txt").write_text("")
    assert _fault(create, tmp_path / "used", RUN, SHARDS) is Fault.NOT_EMPTY
    assert _fault(create, tmp_path / "file", RUN, SHARDS) in {Fault.NOT_EMPTY, Fault.NOT_WRITABLE}


def test_seal_refuses_a_measurement_with_gaps(tmp_path):
    """Every shard, then every judgement."""
    create(tmp_path, RUN, SHARDS)
    write_shard(tmp_path, 0, [])
    with pytest.raises(MeasurementError, match=r"shard-00001\.parquet"):
        seal(tmp_path, FINISHED, COSTS)
    write_shard(tmp_path, 1, [])
    with pytest.raises(MeasurementError, match=r"no findings\.parquet yet"):
        seal(tmp_path, FINISHED, COSTS)


def test_a_domain_that_is_not_among_the_targets(sealed):
    """The sentence names it."""
    with pytest.raises(MeasurementError, match=r"elders\.nl is not among the targets"):
        findings_of(sealed, Domain("elders.nl"))


def test_a_rejudgement_stands_on_its_own_and_names_its_parent(sealed, tmp_path):
    """It has the evidence of its parent, other norms, and the dates on which was measured."""
    hsts = standards()["hsts"]
    parent = read_manifest(sealed)
    run = create_rejudgement(sealed, tmp_path / "again", [hsts], {"hsts": hsts.norms[0]})
    assert (run.parent.id, run.norms, run.started) == (parent.id, {"hsts": "2012-11"}, STARTED)
    write_judgements(tmp_path / "again", [(line, ()) for shard in read_listings(tmp_path / "again") for line in shard])
    manifest = seal(tmp_path / "again", FINISHED + timedelta(days=90), {})
    assert manifest.finished == FINISHED
    assert manifest.id != parent.id
    assert read_run(tmp_path / "again").asking == ASKING  # the evidence was gathered under that name
    assert read_shard(tmp_path / "again", 0).get(need_of(_WEB)) == observation_of(_WEB)
    verify_digests(sealed)


def test_a_rejudgement_copies_where_links_are_impossible(sealed, tmp_path, monkeypatch):
    """Another disk is no obstacle."""
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link")))
    create_rejudgement(sealed, tmp_path / "again", [], {})
    assert read_listings(tmp_path / "again") == SHARDS


def test_a_plan_names_norms_and_the_digest_of_their_rules():
    """Words for people do not make another measurement."""
    hsts = standards()["hsts"]
    run = plan_run(STARTED, "Testnet", [hsts], {"hsts": hsts.norms[-1]}, 200)
    assert run.norms == {"hsts": "2021-01"}
    assert len(run.standards["hsts"]) == 64
    assert set(run.libraries) >= {"dnspython", "pyarrow"}


def test_text_that_is_no_text_survives_in_an_answer(tmp_path):
    """A lone surrogate (bytes of a hostile server) comes back in an answer, and as a visible escape elsewhere."""
    create(tmp_path, RUN, SHARDS)
    need = Need("http", "https://duinrade.example/")
    answered = Observation(need, STARTED, {"body": "\udc80"})
    failed = Observation(Need("smtp", "mail.example"), STARTED, failure=Failure.MALFORMED, detail="\udc80")
    write_shard(tmp_path, 0, [answered, failed])
    seen = read_shard(tmp_path, 0)
    assert seen.get(need) == answered
    assert seen.get(failed.need).detail == "\\udc80"


def _fault(function, *arguments) -> Fault:
    with pytest.raises(MeasurementError) as caught:
        function(*arguments)
    assert str(caught.value).endswith(".")
    return caught.value.fault


@pytest.mark.parametrize("asked", [layout.is_begun, read_run, read_manifest])
def test_a_path_that_the_system_refuses_is_a_fault_of_the_folder(tmp_path, asked):
    """A name that no folder can have (or a folder that may not be entered) is no traceback."""
    with pytest.raises(MeasurementError) as refused:
        asked(tmp_path / ("a" * 300))
    assert refused.value.fault is Fault.UNREADABLE


def test_a_full_or_read_only_disk_is_a_fault_of_the_folder(tmp_path, monkeypatch):
    """Also where the half-written file cannot even be taken away."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(MeasurementError) as refused:
        write_json(tmp_path / "run.json", {})
    assert refused.value.fault is Fault.NOT_WRITABLE
