# SPDX-License-Identifier: EUPL-1.2
"""Compare what was measured with what the scenario intended."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.plan import Intended


@dataclass(frozen=True, slots=True)
class Difference:
    """One intended verdict that the measurement did not give; ``measured`` is empty when there was no verdict at all."""

    domain: str
    key: str
    intended: str
    measured: str
    variants: tuple[str, ...]


def read_truth(path: Path) -> list[Intended]:
    """Read truth.json as the lab wrote it."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Intended(**{**row, "roles": tuple(row["roles"]), "variants": tuple(row["variants"])}) for row in rows]


def intended_verdicts(truth: Sequence[Intended], norm: str = "") -> int:
    """Count the intended verdicts that hold under the present norms, or under the named older one."""
    return sum(len(_keys(one, norm)) for one in truth)


def intended_under(truth: Sequence[Intended], norms: Mapping[str, str]) -> list[Intended]:
    """Return the intended verdicts that hold under these norms (a version per standard): those of an older one where it is named."""
    return [replace(one, verdicts=_under(one.verdicts, norms)) for one in truth]


def _under(verdicts: Mapping[str, str], norms: Mapping[str, str]) -> dict[str, str]:
    """Choose for each key the verdict under the norm of its standard."""
    chosen = {key: verdict for key, verdict in verdicts.items() if "@" not in key}
    for key, verdict in verdicts.items():
        name, _, norm = key.partition("@")
        if norm and norms.get(name.split(".")[1]) == norm:
            chosen[name] = verdict
    return chosen


def differences(truth: Sequence[Intended], measured: Mapping[tuple[str, str], str], norm: str = "") -> list[Difference]:
    """List every intended verdict that was not measured.

    ``measured`` maps (domain, "role.standard" or "role.standard.part") to a verdict. ``norm`` picks the intended verdicts that
    carry ``@norm``; without it those that carry none.
    """
    return [
        Difference(one.domain, key, intended, found, one.variants)
        for one in truth
        for key, intended in _keys(one, norm).items()
        if (found := measured.get((one.domain, key), "")) != intended
    ]


def _keys(one: Intended, norm: str) -> dict[str, str]:
    """Return the intended verdicts of a domain under one norm, keyed without it."""
    return {key.partition("@")[0]: value for key, value in one.verdicts.items() if key.partition("@")[2] == norm}
