# SPDX-License-Identifier: EUPL-1.2
"""Made-up measurements for the tests of the site: one, or a series in which everything can change."""

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from meetlat.agreements.reading import REGISTER, read_agreements
from meetlat.analysis.series import read_series
from meetlat.model.agreement import Agreement
from meetlat.model.finding import Status
from meetlat.publish.site.gathering import Asked
from meetlat.standards.loading import standards
from tests.unit import made_up
from tests.unit.analysis.hosted import PUBLISHED, STANDARDS, Made, hosted


def measurable() -> list:
    """The standards that have rules."""
    return [standard for standard in standards().values() if standard.rules]


def agreed() -> dict[str, Agreement]:
    """The agreements of the register."""
    return dict(read_agreements(standards(), REGISTER))


def series(folder: Path, domains: int, moments: int = 3, only: Collection[str] = (), *, each_its_own: bool = False) -> list[Path]:
    """Build measurements of the same made-up domains, half a year apart; each draws its own outcomes. ``only`` are standards."""
    chosen = [one for one in measurable() if not only or one.id in only]
    found = []
    for number in range(moments):
        with _at(number - moments + 1):
            made_up.large_measurement(folder / f"meting-{number + 1}", chosen, domains, each_its_own=each_its_own)
        found.append(folder / f"meting-{number + 1}")
    return found


def asked(folders: list[Path], **more: object) -> Asked:
    """Ask for the site of the last of these."""
    return Asked(folders[-1], agreements=agreed(), series=read_series(folders) if len(folders) > 1 else None, **more)


def supplied(folder: Path) -> Path:
    """Build a measurement in which three of four customers of Postwerf lack TLSA records at its mail host, and one elsewhere does not."""
    broken = {PUBLISHED: {"mx.postwerf.nl": Status.VIOLATED}}
    mades = [
        Made(f"gemeente-{name}.nl", f"Gemeente {name.title()}", mx=("mx.postwerf.nl",), outcomes=broken)
        for name in ("duinrade", "heiderijk", "lindedam")
    ]
    mades.append(Made("gemeente-zandmeer.nl", "Gemeente Zandmeer", mx=("mx.postwerf.nl",)))
    mades.append(Made("gemeente-polderhoek.nl", "Gemeente Polderhoek", mx=("mail.gemeente-polderhoek.nl",)))
    hosted(folder / "meting", mades, STANDARDS)
    return folder / "meting"


@contextmanager
def _at(half_years: int) -> Iterator[None]:
    """Move the moment of measuring, and let chance draw otherwise."""
    chance, drawn = random.Random(half_years), made_up._drawn  # noqa: S311, SLF001 - made-up data, drawn apart for each moment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_up, "FINISHED", made_up.FINISHED + timedelta(days=182 * half_years))
        patch.setattr(made_up, "STARTED", made_up.STARTED + timedelta(days=182 * half_years))
        patch.setattr(made_up, "_drawn", lambda *told: drawn(*told[:3], (told[3][0], chance), *told[4:]))
        yield
