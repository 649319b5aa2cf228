# SPDX-License-Identifier: EUPL-1.2
"""Several measurements of the same thing over time, judged by the same norms; what cannot be compared is refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from itertools import pairwise
from pathlib import Path

from meetlat.store.folder import EVIDENCE, TARGETS
from meetlat.store.manifest import Manifest, read_manifest


class SeriesFault(Enum):
    """Why measurements make no series, each with its English sentence; the command line has the Dutch ones under the same names."""

    TOO_FEW = "A trend needs two measurements or more; give another folder."
    TWICE = "{path} and {other} hold the same measurement; give each measurement once, and a re-judgement with --rejudged."
    SAME_MOMENT = "{path} and {other} were finished at the same moment, so there is no time between them; give another measurement."
    OTHER_NORM = "{path} is judged on {standard} by {norm} and {other} by {other_norm}; judge it again first: {command}"
    NOT_IN_SERIES = "{path} is no re-judgement of a measurement in this series; leave it out, or give its measurement as well."


class SeriesError(Exception):
    """These measurements make no series; ``details`` fill in the sentence of the fault, ``norms`` are those to judge by again."""

    def __init__(self, fault: SeriesFault, details: Mapping[str, str] | None = None, norms: Mapping[str, str] | None = None) -> None:
        self.fault = fault
        self.details = details or {}
        self.norms = norms or {}
        super().__init__(fault.value.format(**self.details))


@dataclass(frozen=True, slots=True)
class Version:
    """One judgement of the evidence of a measurement: where it stands and by which norms it was made."""

    folder: Path
    id: str
    norms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of a series: the judgement that is compared, when it was measured, and every judgement of the same evidence.

    ``versions`` begins with the measurement as it was given; ``folder``, ``id`` and ``norms`` are of the one that is compared.
    """

    folder: Path
    id: str
    finished: datetime
    norms: Mapping[str, str]
    rules: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()

    @property
    def day(self) -> date:
        """The day on which the last observation was made."""
        return self.finished.date()


@dataclass(frozen=True, slots=True)
class Series:
    """Measurements in the order of time, with a standard never judged by two norms."""

    points: tuple[Point, ...]

    @property
    def standards(self) -> tuple[str, ...]:
        """The standards that were judged at every point: composites are made of these."""
        return tuple(sorted(set.intersection(*(set(point.norms) for point in self.points))))

    @property
    def not_everywhere(self) -> tuple[str, ...]:
        """The standards that were not judged at every point."""
        return tuple(sorted(set().union(*(point.norms for point in self.points)) - set(self.standards)))

    @property
    def other_rules(self) -> tuple[str, ...]:
        """The standards of which the rules of Meetlat itself were not the same at every point, though the norm was."""
        return tuple(one for one in self.standards if len({point.rules.get(one) for point in self.points}) > 1)

    @property
    def norms(self) -> Mapping[str, str]:
        """The norm of every standard."""
        return {standard: norm for point in self.points for standard, norm in point.norms.items()}


def read_series(folders: Iterable[Path], rejudged: Iterable[Path] = ()) -> Series:
    """Put measurements in the order of time. Raises SeriesError, and MeasurementError for what is not finished or damaged.

    Where norms differ, ``rejudged`` (the same measurements judged again) are looked through for one norm for all: that of the last
    measurement, or else that of the first.
    """
    given = sorted(((folder, read_manifest(folder)) for folder in folders), key=lambda pair: (pair[1].finished, pair[1].id))
    if len(given) < 2:
        raise SeriesError(SeriesFault.TOO_FEW)
    _refuse_twice(given)
    versions = [[_version(folder, manifest)] for folder, manifest in given]
    evidence = [_evidence(manifest) for _, manifest in given]
    for folder in rejudged:
        manifest = read_manifest(folder)
        if _evidence(manifest) not in evidence:
            raise SeriesError(SeriesFault.NOT_IN_SERIES, {"path": str(folder)})
        versions[evidence.index(_evidence(manifest))].append(_version(folder, manifest))
    chosen = _chosen(versions)
    rules = {folder: manifest.run.standards for folder, manifest in given}
    return Series(
        tuple(
            Point(one.folder, one.id, manifest.finished, one.norms, rules.get(one.folder, {}), tuple(of_point))
            for one, (_, manifest), of_point in zip(chosen, given, versions, strict=True)
        )
    )


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """List the standards that both were judged on, by another norm."""
    return sorted(standard for standard in one.keys() & other.keys() if one[standard] != other[standard])


def _version(folder: Path, manifest: Manifest) -> Version:
    """Describe one judgement."""
    return Version(folder, manifest.id, manifest.run.norms)


def _evidence(manifest: Manifest) -> frozenset[tuple[str, str]]:
    """Say which evidence on which targets it is: a re-judgement of a re-judgement still has that of the first."""
    return frozenset((name, stored.sha256) for name, stored in manifest.files.items() if name == TARGETS or name.startswith(f"{EVIDENCE}/"))


def _refuse_twice(given: Sequence[tuple[Path, Manifest]]) -> None:
    """Refuse the same evidence twice, and no time between two."""
    seen: dict[frozenset[tuple[str, str]], Path] = {}
    for folder, manifest in given:
        evidence = _evidence(manifest)
        if evidence in seen:
            raise SeriesError(SeriesFault.TWICE, {"path": str(seen[evidence]), "other": str(folder)})
        seen[evidence] = folder
    for (folder, manifest), (other, later) in pairwise(given):
        if manifest.finished == later.finished:
            raise SeriesError(SeriesFault.SAME_MOMENT, {"path": str(folder), "other": str(other)})


def _chosen(versions: Sequence[Sequence[Version]]) -> list[Version]:
    """Choose of each measurement the judgement by the norms of the last one, or else by those of the first."""
    for asked in (versions[-1][0], versions[0][0]):
        found = [next((one for one in of_point if not differing(one.norms, asked.norms)), None) for of_point in versions]
        chosen = [one for one in found if one is not None]
        if len(chosen) == len(versions) and not any(
            differing(one.norms, other.norms) for index, one in enumerate(chosen) for other in chosen[index + 1 :]
        ):
            return chosen
    raise _other_norm(versions)


def _other_norm(versions: Sequence[Sequence[Version]]) -> SeriesError:
    """Say which measurement must be judged again, by the norms of the last one that has the standard."""
    asked: dict[str, tuple[str, Version]] = {}
    for of_point in reversed(versions):
        for standard, norm in of_point[0].norms.items():
            asked.setdefault(standard, (norm, of_point[0]))
    norms = {standard: norm for standard, (norm, _) in asked.items()}
    wrong = next(of_point[0] for of_point in versions if all(differing(one.norms, norms) for one in of_point))
    others = differing(wrong.norms, norms)
    norm, by = asked[others[0]]
    again = ",".join(f"{standard}={norms[standard]}" for standard in others)
    details = {
        "path": str(wrong.folder),
        "standard": others[0],
        "norm": wrong.norms[others[0]],
        "other": str(by.folder),
        "other_norm": norm,
        "command": f"meetlat judge {wrong.folder} --norms {again}",
    }
    return SeriesError(
        SeriesFault.OTHER_NORM, details, {standard: norms[standard] for standard in sorted(wrong.norms.keys() & norms.keys())}
    )
