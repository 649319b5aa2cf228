# SPDX-License-Identifier: EUPL-1.2
"""Snapshots are added whole and never change; days can be compared and looked up."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.domain import Domain
from meetlat.model.organisation import Change, Listed, Organisation, RegisteredDomain, Snapshot, Source, Succession
from meetlat.model.partial_date import PartialDate
from meetlat.organisations import register
from meetlat.organisations.difference import Difference, What, difference
from meetlat.organisations.faults import OrganisationsError, RegisterFault
from meetlat.organisations.grouping import read_groups, read_purposes
from meetlat.organisations.history import Event, as_of, find, story
from meetlat.organisations.register import add, days, read_day
from meetlat.organisations.successions import read_successions

_MARCH, _JUNE, _SEPTEMBER = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)
_BOTH = (Source("ROO", "roo.xml", "1" * 64, "2.6.3"), Source("RIO", "rio.xml", "2" * 64, "0.0.3"))
_A = Organisation("t/gm1", "Gemeente Duinrade", "t/gm1", "1", types=("Gemeente",))
_B = Organisation("t/gm2", "Gemeente Heiderijk", "t/gm2", "2", types=("Gemeente",))
_C = Organisation("t/gm3", "Gemeente Duinheide", "t/gm3", "3", types=("Gemeente",), start=PartialDate(2026, 7, 1))
_D = Organisation("t/oorg1", "Dienst Zand", "t/oorg1", "4", types=("Agentschap",), ministry="Ministerie van Kust")
_SITE = RegisteredDomain(Domain("duinrade.nl"), Listed.HOST, "t/gm1", "Website")


def _snapshot(day: date, *organisations: Organisation, domains: tuple[RegisteredDomain, ...] = (), sources: tuple[Source, ...] = _BOTH):
    return Snapshot(day, sources, {one.id: one for one in organisations}, domains)


def test_a_snapshot_comes_back_as_it_was(tmp_path):
    """Every field, known or not, also a date that is not precise."""
    full = Organisation("x", "N", None, "7", ("M", "O"), "AB", ("T", "U"), "S", "Kust", "t/gm1", PartialDate(2001), PartialDate(2030, 4))
    line = RegisteredDomain(Domain("a.nl"), Listed.REGISTRATION, "x", None, PartialDate(2001, 2), PartialDate(2027, 1, 1))
    made = _snapshot(_MARCH, _A, full, domains=(line, _SITE))
    assert add(tmp_path, made)
    assert read_day(tmp_path, _MARCH) == made


_TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable() and text.strip() == text)


@given(_TEXTS, _TEXTS, st.none() | _TEXTS, st.lists(_TEXTS, max_size=3))
def test_no_name_is_too_strange_to_keep(tmp_path_factory, id_, name, ministry, types):
    """What can be imported comes back."""
    made = _snapshot(_MARCH, Organisation(id_, name, types=tuple(types), ministry=ministry))
    folder = tmp_path_factory.mktemp("kept", numbered=True)
    add(folder, made)
    assert read_day(folder, _MARCH) == made


def test_the_same_import_twice_changes_nothing(tmp_path):
    """Not a byte; another import of that day is refused."""
    made = _snapshot(_MARCH, _A)
    assert add(tmp_path, made)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert not add(tmp_path, made)
    with pytest.raises(OrganisationsError) as refused:
        add(tmp_path, replace(made, sources=(Source("ROO", "other.xml", "3" * 64),)))
    assert refused.value.fault is RegisterFault.OTHER_SNAPSHOT
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_disk_that_fails_leaves_nothing_half(tmp_path, monkeypatch):
    """There is no folder of that day, and nothing else either."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(register.os, "fsync", full)
    with pytest.raises(OrganisationsError) as refused:
        add(tmp_path, _snapshot(_MARCH, _A))
    assert refused.value.fault is RegisterFault.UNWRITABLE
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [register.ORGANISATIONS, register.DOMAINS, register.MANIFEST])
def test_damage_is_told(tmp_path, name):
    """A digest that does not hold, or a manifest that is none."""
    add(tmp_path, _snapshot(_MARCH, _A, domains=(_SITE,)))
    path = tmp_path / "2026-03-01" / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(OrganisationsError) as refused:
        read_day(tmp_path, _MARCH)
    assert refused.value.fault is RegisterFault.DAMAGED


@pytest.mark.parametrize(
    ("earlier", "is_taken"),
    [
        pytest.param(_A, True, id="the same organisation"),
        pytest.param(replace(_A, name="Duinrade (oud)"), True, id="under another name"),
        pytest.param(replace(_A, roo_id="99"), False, id="with another ROO id"),
        pytest.param(Organisation("t/gm9", "X", "t/gm9", "1"), False, id="its ROO id with another TOOI URI"),
        pytest.param(Organisation("1", "X", None, "1"), True, id="without a TOOI URI yet"),
        pytest.param(replace(_C, start=None), False, id="there before the next snapshot says that it started"),
        pytest.param(_C, True, id="known, and still to start"),
    ],
)
def test_an_earlier_day_is_taken_when_it_does_not_contradict(tmp_path, earlier, is_taken):
    """The day in between is compared with the days beside it."""
    add(tmp_path, _snapshot(_SEPTEMBER, _A, _C))
    if is_taken:
        add(tmp_path, _snapshot(_JUNE, earlier))
    else:
        with pytest.raises(OrganisationsError) as refused:
            add(tmp_path, _snapshot(_JUNE, earlier))
        assert refused.value.fault is RegisterFault.CONTRADICTS
    assert days(tmp_path) == ((_JUNE, _SEPTEMBER) if is_taken else (_SEPTEMBER,))


def test_what_is_no_snapshot_is_passed_by(tmp_path):
    """Leftovers of a killed import, a file of notes, a day without a manifest."""
    (tmp_path / ".import-x1").mkdir()
    (tmp_path / "2026-01-01").mkdir()
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    assert days(tmp_path) == ()
    with pytest.raises(OrganisationsError) as refused:
        as_of(tmp_path, _MARCH)
    assert refused.value.fault is RegisterFault.NOT_THERE


# ---- differences


def test_every_kind_of_difference():
    """Worked out by hand from two small snapshots."""
    names = tuple(RegisteredDomain(Domain(name), Listed.HOST, "t/gm1", "Website") for name in ("a.nl", "b.nl", "c.nl"))
    given_up = replace(names[2], until=PartialDate(2026, 8, 31))
    moved = replace(names[1], holder="t/gm2")
    old = _snapshot(_JUNE, _A, _B, _D, replace(_C, start=PartialDate(2026, 7, 1)), domains=(*names, _SITE))
    new = _snapshot(
        _SEPTEMBER,
        replace(_A, end=PartialDate(2026, 6, 30)),
        replace(_B, name="Gemeente Heide"),
        _C,
        replace(_D, ministry="Ministerie van Zee"),
        domains=(names[0], moved, given_up, replace(_SITE, domain=Domain("nieuw.nl"), holder="t/gm3")),
    )
    assert difference(old, new) == (
        Difference(What.ORGANISATION_NEW, "Gemeente Duinheide", "t/gm3", becomes="Gemeente Duinheide"),
        Difference(What.ORGANISATION_ENDED, "Gemeente Duinrade", "t/gm1", was="Gemeente Duinrade"),
        Difference(What.ORGANISATION_RENAMED, "Gemeente Heide", "t/gm2", "Gemeente Heiderijk", "Gemeente Heide"),
        Difference(What.ORGANISATION_MOVED, "Dienst Zand", "t/oorg1", "Ministerie van Kust", "Ministerie van Zee"),
        Difference(What.DOMAIN_NEW, "nieuw.nl", "host", becomes="Gemeente Duinheide"),
        Difference(What.DOMAIN_GONE, "c.nl", "host", was="Gemeente Duinrade"),
        Difference(What.DOMAIN_GONE, "duinrade.nl", "host", was="Gemeente Duinrade"),
        Difference(What.DOMAIN_MOVED, "b.nl", "host", "Gemeente Duinrade", "Gemeente Heide"),
    )


def test_an_organisation_that_gets_a_tooi_uri_is_the_same():
    """Neither it nor its names are new."""
    before = Organisation("1", "Gemeente Duinrade", None, "1")
    old = _snapshot(_MARCH, before, domains=(replace(_SITE, holder="1"),))
    assert difference(old, _snapshot(_JUNE, _A, domains=(_SITE,))) == ()


# ---- history

_MERGER = Succession(Change.MERGED, date(2026, 7, 1), ("t/gm1", "t/gm2"), ("t/gm3",), "https://herindeling.example/")
_RENAMED = Succession(
    Change.RENAMED, date(2026, 5, 1), ("t/gm2",), ("t/gm2",), "https://naam.example/", "Gemeente Heiderijk", "Gemeente Heide"
)
_MOVED = Succession(
    Change.MOVED, date(2026, 5, 1), ("t/oorg1",), ("t/oorg1",), "https://k.example/", "Ministerie van Kust", "Ministerie van Zee"
)
_SPLIT = Succession(Change.SPLIT, date(2026, 7, 1), ("t/gm1",), ("t/gm2", "t/gm3"), "https://splitsing.example/")


@pytest.mark.parametrize(
    ("day", "names"),
    [
        pytest.param(date(2026, 6, 30), {"Gemeente Duinrade", "Gemeente Heiderijk"}, id="the day before"),
        pytest.param(date(2026, 7, 1), {"Gemeente Duinheide"}, id="the day of the merger"),
    ],
)
def test_dates_in_one_snapshot_say_who_was_there(tmp_path, day, names):
    """The register keeps those who ended, with their dates; a measurement of June keeps its organisations of June."""
    ended = [replace(one, end=PartialDate(2026, 6, 30)) for one in (_A, _B)]
    add(tmp_path, _snapshot(_MARCH, *ended, _C))
    assert {one.name for one in as_of(tmp_path, day).organisations.values()} == names


@pytest.mark.parametrize(
    ("day", "name"),
    [
        pytest.param(date(2026, 3, 1), "Duinrade", id="on the day of a snapshot"),
        pytest.param(date(2026, 8, 31), "Duinrade", id="the day before the next"),
        pytest.param(date(2026, 9, 1), "Gemeente Duinrade", id="on the day of the next"),
        pytest.param(date(2027, 1, 1), "Gemeente Duinrade", id="after the last"),
        pytest.param(date(2025, 1, 1), "Duinrade", id="before the first: the first tells most"),
    ],
)
def test_the_last_snapshot_before_a_day_says_it(tmp_path, day, name):
    """And the first after it when there is none."""
    add(tmp_path, _snapshot(_MARCH, replace(_A, name="Duinrade")))
    add(tmp_path, _snapshot(_SEPTEMBER, _A))
    stood = as_of(tmp_path, day)
    assert stood.organisations["t/gm1"].name == name


@pytest.mark.parametrize(
    ("days_", "succession", "names", "holder"),
    [
        pytest.param((_MARCH, _SEPTEMBER), _MERGER, {"Gemeente Duinheide", "Dienst Zand"}, "t/gm3", id="merged after the snapshot"),
        pytest.param(
            (_SEPTEMBER, _MARCH), _MERGER, {"Gemeente Duinrade", "Gemeente Heiderijk", "Dienst Zand"}, "t/gm1", id="not merged yet"
        ),
        pytest.param(
            (_MARCH, _SEPTEMBER), _SPLIT, {"Gemeente Heiderijk", "Gemeente Duinheide", "Dienst Zand"}, "t/gm1", id="split: whose name?"
        ),
        pytest.param((_MARCH, _JUNE), _RENAMED, {"Gemeente Duinrade", "Gemeente Heide", "Dienst Zand"}, "t/gm1", id="renamed after it"),
        pytest.param(
            (_MARCH, date(2026, 4, 30)), _RENAMED, {"Gemeente Duinrade", "Gemeente Heiderijk", "Dienst Zand"}, "t/gm1", id="not yet"
        ),
    ],
)
def test_what_people_wrote_down_brings_a_snapshot_to_another_day(tmp_path, days_, succession, names, holder):
    """Forward and back; names go along when there is one to go to. ``days_``: of the snapshot, and asked for."""
    seen, day = days_
    add(tmp_path, _snapshot(seen, _A, _B, _C, _D, domains=(_SITE,)))
    stood = as_of(tmp_path, day, (succession,))
    assert {one.name for one in stood.organisations.values()} == names
    assert [line.holder for line in stood.domains] == [holder]


@pytest.mark.parametrize(
    ("seen", "day", "ministry"),
    [
        pytest.param(_MARCH, _JUNE, "Ministerie van Zee", id="moved after the snapshot"),
        pytest.param(_SEPTEMBER, _MARCH, "Ministerie van Kust", id="not moved yet"),
        pytest.param(_SEPTEMBER, _JUNE, "Ministerie van Zee", id="moved before both: the snapshot says it"),
    ],
)
def test_a_move_to_another_ministry(tmp_path, seen, day, ministry):
    """A measurement before it counts under the old ministry, one after it under the new."""
    known = replace(_D, ministry="Ministerie van Kust" if seen < _MOVED.on else "Ministerie van Zee")
    add(tmp_path, _snapshot(seen, known))
    assert as_of(tmp_path, day, (_MOVED,)).organisations["t/oorg1"].ministry == ministry


def test_registers_that_were_imported_on_different_days_are_joined(tmp_path):
    """Organisations by the last organisation register, names by the last domain register."""
    add(tmp_path, _snapshot(_MARCH, _A, sources=_BOTH[:1]))
    add(tmp_path, _snapshot(_JUNE, Organisation("1", "Duinrade", None, "1"), domains=(replace(_SITE, holder="1"),), sources=_BOTH[1:]))
    stood = as_of(tmp_path, _SEPTEMBER)
    assert (stood.organisations_seen, stood.domains_seen) == (_MARCH, _JUNE)
    assert [line.holder for line in stood.domains] == ["t/gm1"]
    assert set(stood.organisations) == {"t/gm1"}


def test_a_whole_register_tells_more_than_one_of_a_few_groups(tmp_path):
    """A later CSV of municipalities does not hide the rest of government."""
    add(tmp_path, _snapshot(_MARCH, _A, _D, sources=_BOTH[:1]))
    add(tmp_path, _snapshot(_JUNE, _A, sources=(Source("ROO-CSV", "Gemeenten.csv", "4" * 64),)))
    assert as_of(tmp_path, _SEPTEMBER).organisations_seen == _MARCH
    assert [one.event for one in story(tmp_path, _D)] == [Event.SEEN]


def test_the_story_of_an_organisation(tmp_path):
    """Dates, what snapshots saw and what people wrote down, oldest first."""
    add(tmp_path, _snapshot(_MARCH, replace(_B, start=PartialDate(1998))))
    add(tmp_path, _snapshot(_JUNE, replace(_B, start=PartialDate(1998), name="Gemeente Heide")))
    add(tmp_path, _snapshot(_SEPTEMBER, _A))
    told = story(tmp_path, replace(_B, start=PartialDate(1998)), (_RENAMED,))
    assert [(one.on, one.event) for one in told] == [
        ("1998", Event.STARTED),
        ("2026-03-01", Event.SEEN),
        ("2026-05-01", Event.SUCCESSION),
        ("2026-06-01", Event.RENAMED),
        ("2026-09-01", Event.GONE),
    ]
    assert (told[3].was, told[3].becomes, told[3].after) == ("Gemeente Heiderijk", "Gemeente Heide", "2026-03-01")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("gemeente  DUINRADE", ["t/gm1"], id="name, other case, spaces"),
        pytest.param("t/gm2", ["t/gm2"], id="TOOI URI"),
        pytest.param("3", ["t/gm3"], id="ROO id"),
        pytest.param("Duin", [], id="a part of a name"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_organisations_are_found_by_what_they_are_called(text, found):
    """Whole names only: a part would be a guess."""
    assert [one.id for one in find(text, (_A, _B, _C, _D))] == found


# ---- the files that people edit


def test_the_files_of_the_house_are_right():
    """Every type of the schema is in a group; there are no successions that nobody verified; every purpose gives roles or none."""
    types = """Adviescollege;Agentschap;Caribisch openbaar lichaam;Gemeenschappelijke regeling;Gemeente;Hoog College van Staat
        Interdepartementale commissie;Kabinet van de Koning;Koepelorganisatie;Ministerie;Openbaar lichaam voor beroep en bedrijf;Organisatie
        Organisatie met overheidsbemoeienis;Organisatieonderdeel;Politie en brandweer;Provincie;Rechtspraak;Rechterlijke macht
        Regionaal samenwerkingsorgaan;Staten-Generaal;Waterschap;Zelfstandig bestuursorgaan""".replace("\n", ";")
    groups = read_groups()
    for type_ in (text.strip() for text in types.split(";")):
        assert groups.group_of(Organisation("x", "X", types=(type_,)), {}), type_
    assert read_successions() == ()
    assert {"website", "doorverwijzing", "mailserver", "reservering", "hosting", "e-mail", "onbekend"} == set(read_purposes())


_ENTRY = '[[succession]]\nchange="{change}"\non={on}\nbefore={before}\nafter={after}\nsource="{source}"\n{more}'
_RIGHT = {"change": "merged", "on": "2026-01-01", "before": '["a","b"]', "after": '["c"]', "source": "https://x.example/", "more": ""}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        pytest.param({}, None, id="right"),
        pytest.param({"change": "eaten"}, "change", id="no such change"),
        pytest.param({"on": '"2026"'}, "on", id="no day"),
        pytest.param({"source": "van horen zeggen"}, "source", id="no source"),
        pytest.param({"before": '["a"]'}, "before", id="a merger of one"),
        pytest.param({"after": '["c","d"]'}, "after", id="a merger into two"),
        pytest.param({"change": "split"}, "before, after", id="a split the wrong way round"),
        pytest.param({"before": "[]"}, "before", id="of nobody"),
        pytest.param({"change": "renamed", "before": '["a"]'}, "was, becomes", id="a new name without names"),
        pytest.param({"more": "wat = 1"}, "wat", id="a field that nobody reads"),
        pytest.param({"change": "eaten", "on": "1", "source": ""}, "change, on, source", id="all at once"),
    ],
)
def test_entries_of_successions(tmp_path, changed, faults):
    """Each wrong field is named, with the number of the entry."""
    path = tmp_path / "successions.toml"
    path.write_text(_ENTRY.format(**{**_RIGHT, **changed}), encoding="utf-8")
    if faults is None:
        assert [one.change for one in read_successions(path)] == [Change.MERGED]
        return
    with pytest.raises(OrganisationsError) as refused:
        read_successions(path)
    assert refused.value.detail == f"succession 1: {faults}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[[group]]\ntype='Gemeente'\n", id="no name"),
        pytest.param("[[group]]\ntype='Gemeente'\nname=1\n", id="a number for a name"),
        pytest.param("[[group]]\ntype='Gemeente'\nname='G'\nkleur='x'\n", id="a field that nobody reads"),
        pytest.param("groepen = []\n", id="another table"),
        pytest.param("[[group]\n", id="no TOML"),
    ],
)
def test_wrong_groups_are_one_sentence(tmp_path, content):
    """So are wrong purposes; the file is named."""
    path = tmp_path / "g.toml"
    path.write_text(content, encoding="utf-8")
    for read, text in ((read_groups, content), (read_purposes, content.replace("group", "purpose"))):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(OrganisationsError) as refused:
            read(path)
        assert str(path) in str(refused.value)


def test_the_first_line_that_fits_counts_and_a_part_follows_its_parent(tmp_path):
    """By type, by subtype, by the one that it is part of."""
    path: Path = tmp_path / "g.toml"
    lines = [
        {"type": "Agentschap", "subtype": "Groot", "name": "Klein LEF"},
        {"type": "Agentschap", "name": "Uitvoerders"},
        {"type": "Onderdeel", "name": "Overig", "of_parent": True},
    ]
    path.write_text("".join("[[group]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in line.items()) for line in lines))
    groups = read_groups(path)
    big = Organisation("1", "A", types=("Onderdeel", "Agentschap"), subtype="groot")
    part = Organisation("2", "B", types=("Onderdeel",), parent="1")
    alone, unknown = replace(part, parent=None), Organisation("3", "C", types=("X",))
    everyone = {one.id: one for one in (big, part, unknown)}
    assert [groups.group_of(one, everyone) for one in (big, part, alone, unknown)] == ["Klein LEF", "Klein LEF", "Overig", None]
