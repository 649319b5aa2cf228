# SPDX-License-Identifier: EUPL-1.2
"""The list of targets and the names of suppliers, as Meetlat reads them."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

import lab.plan
from lab.listing import named_suppliers, targets
from lab.scenario import load, read
from meetlat.analysis.suppliers import read_suppliers
from meetlat.cli.targets import read_targets

SCENARIO = Path(lab.plan.__file__).with_name("scenario.toml")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=[("small", ""), ("full", ""), ("demo", "2025-09"), ("demo", "now")], ids=str)
def plan(request):
    """Some plans."""
    size, edition = request.param
    return load(SCENARIO, size, NOW, edition)


def test_the_list_is_one_that_meetlat_reads(plan, tmp_path):
    """Every domain is there with its organisation, group and roles, and no line is wrong."""
    path = tmp_path / "targets.csv"
    path.write_text(targets(plan, read(SCENARIO)), encoding="utf-8")
    listings, faults = read_targets(path)
    assert faults == []
    expected = [(one.domain, one.organisation, one.group, one.roles) for one in plan.intended]
    assert [(one.domain.name, one.organisation, one.group, tuple(role.value for role in one.roles)) for one in listings] == expected


def test_an_identifier_is_of_one_organisation(plan):
    """No two organisations have the same number, and none has two."""
    rows = list(csv.DictReader(targets(plan, read(SCENARIO)).splitlines()))
    pairs = {(row["organisation"], row["organisation_id"]) for row in rows}
    assert len(pairs) == len({name for name, _ in pairs}) == len({number for _, number in pairs})
    assert all(row["organisation_id"].startswith("https://identifier.example/tooi/id/") for row in rows)


def test_some_answer_to_a_ministry_and_others_to_none(plan):
    """A municipality has no ministry above it; an executive agency has one that is in the scenario."""
    data = read(SCENARIO)
    for row in csv.DictReader(targets(plan, data).splitlines()):
        known = data["ministries"]["names"] if row["group"] in {"Uitvoerders", "Adviescolleges", "GDI-voorzieningen"} else [""]
        assert row["ministry"] in known


def test_an_organisation_keeps_its_number():
    """The same organisation has the same number in every size and edition."""
    numbers = {}
    for size, edition in (("small", ""), ("full", ""), ("demo", "2025-09"), ("demo", "now")):
        for row in csv.DictReader(targets(load(SCENARIO, size, NOW, edition), read(SCENARIO)).splitlines()):
            assert numbers.setdefault(row["organisation"], row["organisation_id"]) == row["organisation_id"]
    # Duin with rade is the first place of the scenario.
    assert numbers["Gemeente Duinrade"] == "https://identifier.example/tooi/id/gemeente/gm0001"


def test_the_names_of_suppliers_are_read_by_meetlat(tmp_path):
    """A supplier is known by the domain of its name servers or mail servers, and by its networks."""
    path = tmp_path / "suppliers.toml"
    path.write_text(named_suppliers(read(SCENARIO)), encoding="utf-8")
    names = read_suppliers(path)
    # Kadehost has the first net of the segment of websites, which is the second of the four segments.
    assert (names["kadehost-dns.nl"], names[f"AS{64512 + 64 + 1}"]) == ("Kadehost", "Kadehost")
    assert names["koerier-lab.nl"] == "Koerier"
