# SPDX-License-Identifier: EUPL-1.2
"""Open data of made-up measurements, for the tests."""

from pathlib import Path

from meetlat.agreements.reading import read_agreements
from meetlat.publish.open_data.dcat import Publisher
from meetlat.publish.open_data.folder import read_source, write_open_data
from meetlat.publish.open_data.rows import Source
from meetlat.standards.loading import measurable, standards
from tests.unit.made_up import large_measurement
from tests.unit.publish.meting.measured import BAD, GAP, GOOD, NONE, measured

PUBLISHER = Publisher("Gemeente Duinrade", "https://organisaties.example/duinrade", "https://data.example/m/", "data@gemeente-duinrade.nl")
HOSTILE = '=cmd|"/C calc"!A0\u202e'


def source(place: Path) -> Source:
    """Two measurements: one of 40 domains on real standards, and a small one of an organisation with a hostile name."""
    chosen = [standard for standard in measurable() if standard.id in {"dnssec", "hsts", "dmarc"}]
    large_measurement(place / "large", chosen, 40)
    measured(place / "small", {"Gemeenten": (GOOD, GOOD, BAD, GAP, NONE), "R@D 50%": (GOOD,)}, HOSTILE)
    return read_source([place / "small", place / "large"], standards(), read_agreements(standards()))


def published(place: Path, of: Source, publisher: Publisher | None = PUBLISHER) -> Path:
    """Write open data and return the folder."""
    write_open_data(place, of, publisher)
    return place
