# SPDX-License-Identifier: EUPL-1.2
"""Exports of the registers become one snapshot, or every fault is told and nothing is imported."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.domain import Domain
from meetlat.model.organisation import Listed
from meetlat.model.partial_date import PartialDate
from meetlat.organisations.faults import ImportFault, ImportRefusedError, Remark
from meetlat.organisations.grouping import read_groups
from meetlat.organisations.importing import group_names, read_file, read_files
from meetlat.organisations.records import Contents, name_in
from tests.unit.organisations.made_up_registers import (
    AGENCY,
    AGENCY_XML,
    DUINRADE,
    DUINRADE_XML,
    HEIDERIJK,
    HEIDERIJK_XML,
    MINISTRY,
    RELATION,
    RIO_XML,
    ROO_XML,
    TOOI,
    UNIT,
    domains,
    host,
    nested,
    organisation,
    registration,
    rio,
    roo,
    written,
)

GROUPS = read_groups()
_CSV_HEADER = "Officiële naam;Type;Subtype;Startdatum;Einddatum;Onderdeel van;TOOi URI;Relatie met ministerie\n"


def _imported(folder, **contents):
    """Import files, given by name without the dot: ``roo_xml``."""
    paths = [written(folder / name.replace("_", "."), text) for name, text in contents.items()]
    return read_files(paths, GROUPS)


def test_both_registers_make_one_snapshot(tmp_path):
    """Nested organisations have parents and ministries; a regeling is an organisation; who takes part in it is not read twice."""
    found = _imported(tmp_path, rio_xml=RIO_XML, roo_xml=ROO_XML).snapshot
    assert found.day == date(2026, 9, 1)
    assert [(source.kind, source.schema) for source in found.sources] == [("ROO", "2.6.3"), ("RIO", "0.0.3")]
    known = found.organisations
    assert set(known) == {MINISTRY, AGENCY, UNIT, DUINRADE, HEIDERIJK, "70"}
    assert {id_: one.ministry for id_, one in known.items() if one.ministry} == dict.fromkeys(
        (MINISTRY, AGENCY, UNIT), "Ministerie van Duinen en Kust"
    )
    assert (known[UNIT].parent, known[MINISTRY].abbreviation, known[MINISTRY].roo_id) == (MINISTRY, "DenK", "1")
    assert known[DUINRADE].name == "Gemeente Duinrade"  # the organisation register goes before the domain register
    assert known[DUINRADE].start == PartialDate(1998, 1, 1)
    assert (known["70"].name, known["70"].other_names, known["70"].start) == ("Regio Wad", ("Regeling Regio Wad",), PartialDate(2015, 1, 1))
    assert group_names(GROUPS, known) == {
        MINISTRY: "Ministeries",
        UNIT: "Ministeries",
        AGENCY: "Uitvoerders",
        DUINRADE: "Gemeenten",
        HEIDERIJK: "Gemeenten",
        "70": "Gemeenschappelijke regelingen",
    }


def test_names_are_cleaned_and_what_is_no_name_is_told(tmp_path):
    """Scheme, capitals, port, path, final dot and IDN; a script is left out with its line."""
    found = _imported(tmp_path, rio_xml=RIO_XML)
    assert [(line.domain.name, line.listed, line.purpose) for line in found.snapshot.domains] == [
        ("duin-reserve.nl", Listed.REGISTRATION, "Reservering"),
        ("duinrade.nl", Listed.HOST, "E-mail"),
        ("duinrade.nl", Listed.REGISTRATION, "Website"),
        ("leeg.duinrade.nl", Listed.HOST, "Onbekend"),
        ("oud.duinrade.nl", Listed.HOST, "Website"),
        ("www.duinrade.nl", Listed.HOST, "Website"),
        ("xn--zandbnken-z2a.nl", Listed.HOST, "Website"),
    ]
    assert [(noted.what, noted.detail, noted.line) for noted in found.remarks] == [(Remark.NOT_A_NAME, "javascript:alert(1)", 8)]
    assert found.snapshot.domains[4].until == PartialDate(2020, 1, 1)


def test_a_later_patch_of_the_schema_is_read(tmp_path):
    """2.6.9 is what the register gave in 2026."""
    assert _imported(tmp_path, roo_xml=ROO_XML.replace("2.6.3", "2.6.9")).snapshot.sources[0].schema == "2.6.9"


def test_csv_is_read_with_its_day_given(tmp_path):
    """Semicolons, Dutch dates, a byte order mark; who is part of whom goes by name."""
    rows = f"Waterschap Veenwaard;Waterschap;;01-01-2005;;;{TOOI}ws1;\n"
    rows += f"Bureau Veen;Organisatieonderdeel;;;31-12-2024;waterschap veenwaard;{TOOI}b1;\n"
    path = written(tmp_path / "Waterschappen.csv", "\ufeff" + _CSV_HEADER + rows)
    found = read_files([path], GROUPS, date(2026, 9, 2)).snapshot
    assert {one.name: (one.parent, str(one.start), str(one.end)) for one in found.organisations.values()} == {
        "Waterschap Veenwaard": (None, "2005-01-01", "None"),
        "Bureau Veen": (TOOI + "ws1", "None", "2024-12-31"),
    }


_TWICE = host("www.duinrade.nl")
_HELD_ONCE = "<p:opgezegdSinds>2021-05-01</p:opgezegdSinds>", "<p:geregistreerdSinds>2021-05-01</p:geregistreerdSinds>"


@pytest.mark.parametrize(
    ("content", "fault", "detail"),
    [
        pytest.param(
            roo("", schema="https://organisaties.overheid.nl/static/schema/oo/export/2.7.0"), "WRONG_SCHEMA", "2.7.0", id="newer minor"
        ),
        pytest.param(
            roo("", schema="https://almanak.overheid.nl/static/schema/oo/export/2.4.10"), "WRONG_SCHEMA", "2.4.10", id="old almanak"
        ),
        pytest.param(
            roo("", schema="https://organisaties.overheid.nl/static/schema/oo/export/2.6.2"), "WRONG_SCHEMA", "2.6.2", id="older patch"
        ),
        pytest.param(
            rio("", schema="https://organisaties.overheid.nl/static/schema/oo/export/1.0.0"), "WRONG_SCHEMA", "1.0.0", id="newer RIO"
        ),
        pytest.param("<overheidsorganisaties/>", "WRONG_SCHEMA", "-", id="no namespace"),
        pytest.param("<rss/>", "UNKNOWN_KIND", "<rss>", id="another document"),
        pytest.param(
            ROO_XML.replace("\n<p:over", '\n<!DOCTYPE x [<!ENTITY a "b">]>\n<p:over'), "HAS_DOCTYPE", "", id="document type definition"
        ),
        pytest.param(ROO_XML[:-40], "UNREADABLE", "", id="broken off"),
        pytest.param("Duinrade", "UNREADABLE", "", id="no XML"),
        pytest.param("", "UNREADABLE", "", id="empty file"),
        pytest.param(roo(""), "EMPTY", "", id="no organisation"),
        pytest.param(roo(DUINRADE_XML, stamp=""), "NO_DAY", "", id="no timestamp"),
        pytest.param(roo(DUINRADE_XML, stamp="gisteren"), "BAD_DATE", "gisteren", id="a timestamp that is no date"),
        pytest.param(roo(organisation("", "", "Gemeente X", "Gemeente")), "NO_ID", "Gemeente X", id="no id"),
        pytest.param(roo(organisation(DUINRADE, "1", "", "Gemeente")), "NO_NAME", DUINRADE, id="no name"),
        pytest.param(roo(organisation(DUINRADE, "1", "x" * 1025, "Gemeente")), "TOO_LONG", "x" * 120, id="an endless name"),
        pytest.param(roo(organisation(DUINRADE, "1", "A", "Hofhouding")), "UNKNOWN_GROUP", "A (type Hofhouding)", id="unknown type"),
        pytest.param(roo(organisation(DUINRADE, "1", "A", "")), "UNKNOWN_GROUP", "A (type -)", id="no type"),
        pytest.param(roo(DUINRADE_XML * 2), "DUPLICATE_ORGANISATION", "Gemeente Duinrade", id="an organisation twice"),
        pytest.param(roo(DUINRADE_XML.replace("1998-01-01", "1998-13-01")), "BAD_DATE", "1998-13-01", id="a date in no calendar"),
        pytest.param(
            roo(DUINRADE_XML.replace("</p:startDatum>", "</p:startDatum><p:eindDatum>1997-12-31</p:eindDatum>")),
            "ENDS_BEFORE_START",
            "Gemeente Duinrade",
            id="ends before it starts",
        ),
        pytest.param(
            rio(
                organisation(DUINRADE, "21", "D", "Gemeente", domains(_TWICE))
                + organisation(HEIDERIJK, "22", "H", "Gemeente", domains(_TWICE))
            ),
            "DUPLICATE_DOMAIN",
            "www.duinrade.nl (3): D / H",
            id="a domain of two organisations",
        ),
        pytest.param(
            rio(organisation(DUINRADE, "21", "D", "Gemeente", domains(_TWICE + _TWICE))), "DUPLICATE_DOMAIN", "D", id="the same line twice"
        ),
    ],
)
def test_named_bad_files(tmp_path, content, fault, detail):
    """Each is refused with exactly its fault."""
    with pytest.raises(ImportRefusedError) as refused:
        _imported(tmp_path, export_xml=content)
    assert [noted.what for noted in refused.value.faults] == [ImportFault[fault]]
    assert detail in refused.value.faults[0].shown


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param("Naam;Type\nx;y\n", [ImportFault.NO_COLUMN] * 2, id="columns missing"),
        pytest.param("Officiële naam;Type;type;TOOi URI\n", [ImportFault.COLUMN_TWICE], id="a column twice"),
        pytest.param(_CSV_HEADER, [ImportFault.EMPTY], id="only a header"),
        pytest.param("", [ImportFault.EMPTY], id="empty file"),
        pytest.param(_CSV_HEADER + "A;Gemeente;;;;;;\n", [ImportFault.NO_ID], id="no TOOI URI"),
        pytest.param(_CSV_HEADER + '"A;Gemeente' + "x" * 140_000, [ImportFault.UNREADABLE], id="a quote that is never closed"),
    ],
)
def test_named_bad_csv(tmp_path, content, fault):
    """Each is refused with exactly its fault."""
    with pytest.raises(ImportRefusedError) as refused:
        read_files([written(tmp_path / "Gemeenten.csv", content)], GROUPS, date(2026, 9, 1))
    assert [noted.what for noted in refused.value.faults] == fault


def test_csv_in_another_encoding_and_files_that_are_not_there(tmp_path):
    """One fault each."""
    (tmp_path / "a.csv").write_bytes((_CSV_HEADER + "Coördinatie;Gemeente").encode("latin-1"))
    (tmp_path / "b.ods").write_bytes(b"PK")
    faults = [read_file(tmp_path / name).faults[0].what for name in ("a.csv", "b.ods", "c.xml")]
    assert faults == [ImportFault.NOT_UTF8, ImportFault.UNKNOWN_KIND, ImportFault.NOT_THERE]


def test_parents_in_a_circle_are_told_once(tmp_path):
    """Two that are part of each other, and one that is part of itself; who hangs below a circle is not in it."""
    rows = [("A", "B", 1), ("B", "A", 2), ("C", "A", 3), ("D", "D", 4)]
    lines = "".join(f"{name};Gemeente;;;;{parent};{TOOI}{number};\n" for name, parent, number in rows)
    with pytest.raises(ImportRefusedError) as refused:
        read_files([written(tmp_path / "Gemeenten.csv", _CSV_HEADER + lines)], GROUPS, date(2026, 9, 1))
    assert [(noted.what, noted.detail) for noted in refused.value.faults] == [
        (ImportFault.CYCLIC_PARENTS, "A, B"),
        (ImportFault.CYCLIC_PARENTS, "D"),
    ]


def test_an_organisation_inside_itself_is_a_duplicate(tmp_path):
    """In XML a circle can only be made so."""
    inner = organisation(DUINRADE, "21", "D", "Gemeente")
    with pytest.raises(ImportRefusedError) as refused:
        _imported(tmp_path, roo_xml=roo(organisation(DUINRADE, "21", "D", "Gemeente", nested(inner))))
    assert ImportFault.DUPLICATE_ORGANISATION in {noted.what for noted in refused.value.faults}


def test_all_faults_of_all_files_are_told(tmp_path):
    """Nobody has to import five times."""
    bad_roo = roo(organisation("", "", "A", "Gemeente") + organisation(TOOI + "x", "5", "B", "Hofhouding") + HEIDERIJK_XML)
    bad_rio = rio(organisation(HEIDERIJK, "99", "H", "Gemeente", domains(_TWICE + _TWICE)))
    with pytest.raises(ImportRefusedError) as refused:
        _imported(tmp_path, roo_xml=bad_roo, rio_xml=bad_rio)
    assert {noted.what.name for noted in refused.value.faults} == {"NO_ID", "UNKNOWN_GROUP", "OTHER_ID", "DUPLICATE_DOMAIN"}


def test_files_of_two_days_are_not_one_import(tmp_path):
    """Unless a day is given for both."""
    paths = [written(tmp_path / "a.xml", ROO_XML), written(tmp_path / "b.xml", RIO_XML.replace("2026-09-01", "2026-09-02"))]
    with pytest.raises(ImportRefusedError) as refused:
        read_files(paths, GROUPS)
    assert [noted.what for noted in refused.value.faults] == [ImportFault.OTHER_DAY]
    assert read_files(paths, GROUPS, date(2026, 9, 2)).snapshot.day == date(2026, 9, 2)


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        pytest.param(_TWICE, "", 1, id="once"),
        pytest.param(_TWICE, host("https://www.duinrade.nl/loket"), 1, id="another page of the same site"),
        pytest.param(host("a.nl", inside=_HELD_ONCE[0]), host("a.nl", inside=_HELD_ONCE[1]), 2, id="given up, and taken again that day"),
    ],
)
def test_what_is_not_a_duplicate(tmp_path, first, second, lines):
    """Two pages of one site are one host, and a name can come back."""
    found = _imported(tmp_path, rio_xml=rio(organisation(DUINRADE, "21", "D", "Gemeente", domains(first + second))))
    assert len(found.snapshot.domains) == lines


def test_a_name_that_moved_is_not_a_duplicate(tmp_path):
    """It ended with one before it began with the other."""
    organisations = organisation(DUINRADE, "21", "D", "Gemeente", domains(registrations=registration("a.nl", inside=_HELD_ONCE[0])))
    organisations += organisation(HEIDERIJK, "22", "H", "Gemeente", domains(registrations=registration("a.nl", inside=_HELD_ONCE[1])))
    assert len(_imported(tmp_path, rio_xml=rio(organisations)).snapshot.domains) == 2


def test_one_organisation_by_either_id(tmp_path):
    """A register that knows only the ROO id means the same organisation; one that ROO does not know is kept, and that is told."""
    extra = organisation(TOOI + "gm9", "29", "Gemeente Elders", "Gemeente")
    found = _imported(
        tmp_path, roo_xml=roo(DUINRADE_XML), rio_xml=rio(organisation("", "21", "D", "Gemeente", domains(host("a.nl"))) + extra)
    )
    assert found.snapshot.domains[0].holder == DUINRADE
    assert set(found.snapshot.organisations) == {DUINRADE, TOOI + "gm9"}
    assert [noted.what for noted in found.remarks] == [Remark.NOT_IN_ROO]


def test_a_ministry_that_only_a_name_says_is_found_or_kept_as_text(tmp_path):
    """With or without the words before its name."""
    ministry = organisation(MINISTRY, "1", "Ministerie van Duinen en Kust", "Ministerie")
    by_name = organisation(AGENCY, "2", "A", "Agentschap", "<p:relatieMetMinisterie>duinen en kust</p:relatieMetMinisterie>")
    unknown = organisation(TOOI + "x", "9", "B", "Agentschap", "<p:relatieMetMinisterie>Wolken</p:relatieMetMinisterie>")
    found = _imported(tmp_path, roo_xml=roo(ministry + by_name + unknown)).snapshot.organisations
    assert (found[AGENCY].ministry, found[TOOI + "x"].ministry) == ("Ministerie van Duinen en Kust", "Wolken")
    assert RELATION in AGENCY_XML


@pytest.mark.parametrize(
    ("written_as", "name"),
    [
        pytest.param("duinrade.nl", "duinrade.nl", id="plain"),
        pytest.param("HTTPS://Www.Duinrade.NL:8443/a/b?c#d", "www.duinrade.nl", id="everything at once"),
        pytest.param("duinrade.nl?x=1", "duinrade.nl", id="a query without a path"),
        pytest.param("duinrade.nl#top", "duinrade.nl", id="a fragment"),
        pytest.param("duinrade.nl.", "duinrade.nl", id="final dot"),
        pytest.param("zandbänken.nl", "xn--zandbnken-z2a.nl", id="IDN"),
        pytest.param("https://gebruiker:geheim@duinrade.nl/", "duinrade.nl", id="a name and password before it"),
        pytest.param("ftp://duinrade.nl", None, id="another scheme"),
        pytest.param("javascript:alert(1)", None, id="a script"),
        pytest.param("192.0.2.1", None, id="an IP address"),
        pytest.param("*.duinrade.nl", None, id="a wildcard"),
        pytest.param("intranet", None, id="one label"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_names_in_addresses(written_as, name):
    """As people register them."""
    assert name_in(written_as) == (Domain(name) if name else None)


@given(st.text(max_size=60))
def test_no_address_is_too_strange(text):
    """Whatever stands there is a name that can be measured, or none."""
    found = name_in(text)
    assert found is None or Domain.parse(found.name) == found


@given(st.text(max_size=30))
def test_no_date_is_too_strange(text):
    """It is a date, or one fault."""
    contents = Contents("", "f", "")
    assert (contents.moment(text, 3) is None) == (bool(contents.faults) or not text.strip())


def test_a_bomb_of_entities_and_endless_depth_are_refused_at_once(tmp_path):
    """Neither is expanded or followed."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE p:overheidsorganisaties [<!ENTITY a0 "ha">{entities}]>\n<p:overheidsorganisaties'
    bombed = ROO_XML.replace("<p:overheidsorganisaties", bomb, 1).replace("<p:naam>", "<p:naam>&a11;", 1)
    deep = roo(organisation(DUINRADE, "21", "D", "Gemeente", "<p:organisaties>" * 100_000))
    begun = time.process_time()
    found = [read_file(written(tmp_path / name, content)) for name, content in (("a.xml", bombed), ("b.xml", deep))]
    assert [contents.faults[0].what for contents in found] == [ImportFault.HAS_DOCTYPE, ImportFault.UNREADABLE]
    assert time.process_time() - begun < 5  # a few milliseconds on a quiet machine


_MARKS = st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(st.tuples(_MARKS, _MARKS, _MARKS), max_size=5), st.binary(max_size=40), st.integers(0, 2000))
def test_no_file_makes_the_reader_fall_over(tmp_path_factory, made, noise, at):
    """Noise anywhere in an export is a fault, or is read; never an exception."""
    folder = tmp_path_factory.mktemp("noise", numbered=True)
    content = roo("".join(organisation(id_, roo_id, name, "Gemeente") for id_, roo_id, name in made)).replace('"&', '"').encode()
    place = at % (len(content) + 1)
    for name in ("a.xml", "a.csv"):
        (folder / name).write_bytes(content[:place] + noise + content[place:])
        found = read_file(folder / name)
        assert found.records or found.faults
