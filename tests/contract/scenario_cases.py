# SPDX-License-Identifier: EUPL-1.2
"""Read the scenario tables of the standards: observations in shorthand, the findings and verdicts that must follow.

Shorthand of an observation, keyed by its need ("dns duinrade.example MX"):
a list of strings is a secure DNS answer with that data; a table with ``rcode``, ``security`` or ``records`` is a full DNS answer; any other
table is the answer as stored; ``"!refused"`` is a failure seen twice, ``"?refused"`` one seen once. A table with ``like`` is the answer of
that name under ``[answers]``, with its own keys laid over it; ``more_hellos`` are added to its hellos, and those whose ``what`` stands in
``without_hellos`` are left out.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Need, Observation
from meetlat.model.finding import Finding
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.model.target import Role, Target

_WHEN = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One scenario of one standard."""

    name: str
    target: Target
    observations: tuple[Observation, ...]
    then: dict[str, list[str]]
    verdicts: dict[str, str]
    part_verdicts: dict[str, str]
    norm: str | None


def cases(standard: Standard) -> list[Case]:
    """Read every scenario of a standard."""
    path = standard.folder / "scenarios.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_case(entry, data.get("givens", {}), data.get("answers", {}), path) for entry in data["scenario"]]


def judged(standard: Standard, case: Case, evidence: Evidence, norm: Norm) -> list[Finding]:
    """Apply every rule of a norm to the evidence of a case."""
    return [finding for rule in norm.rules for finding in standard.rules[rule](case.target, evidence, norm)]


def label(finding: Finding) -> str:
    """Return status and reason as the scenario tables write them."""
    return f"{finding.status.value}/{finding.reason}" if finding.reason else finding.status.value


def _case(entry: dict[str, Any], givens: Mapping[str, Any], answers: Mapping[str, Any], path: Path) -> Case:
    known = {"name", "at", "target", "role", "base", "given", "then", "verdict", "part", "norm"}
    if unknown := set(entry) - known:
        raise ValueError(f"{path}: {entry.get('name')}: unknown {sorted(unknown)}")
    at = entry.get("at", _WHEN)
    given = {**(givens[entry["base"]] if "base" in entry else {}), **entry.get("given", {})}
    then = {rule: sorted([value] if isinstance(value, str) else value) for rule, value in entry["then"].items()}
    return Case(
        name=entry["name"],
        target=Target(Domain.parse(entry["target"]), Role(entry["role"])),
        observations=tuple(_observation(key, _like(value, answers), at) for key, value in given.items()),
        then=then,
        verdicts=entry.get("verdict", {}),
        part_verdicts=entry.get("part", {}),
        norm=entry.get("norm"),
    )


def _like(value: Any, answers: Mapping[str, Any]) -> Any:
    """Lay a table over the answer that it names."""
    if not isinstance(value, dict) or "like" not in value:
        return value
    answer = answers[value["like"]]
    left_out = value.get("without_hellos", ())
    hellos = [hello for hello in answer["hellos"] if hello["what"] not in left_out] + value.get("more_hellos", [])
    return {**answer, **{key: one for key, one in value.items() if key not in {"like", "more_hellos", "without_hellos"}}, "hellos": hellos}


def _observation(key: str, value: Any, at: datetime) -> Observation:
    need = Need(*key.split(" ", 2))
    if isinstance(value, str):
        failure = Failure(value[1:])
        return Observation(need, at, failure=failure, attempt={"!": 2, "?": 1}[value[0]])
    if isinstance(value, list):
        value = {"records": value}
    if need.kind == "dns":
        value = _dns(need, value)
    if need.kind == "http":
        value = {"status": 200, "headers": [], "body": "", "body_bytes": len(value.get("body", "")), **value}
    attempt = 2 if value.get("complete") is False else 1
    return Observation(need, at, answer=value, attempt=attempt)


def _dns(need: Need, value: Mapping[str, Any]) -> dict[str, object]:
    records = [[need.subject, need.detail, 300, data] if isinstance(data, str) else data for data in value.get("records", [])]
    return {
        "rcode": value.get("rcode", "NOERROR"),
        "security": value.get("security", "secure"),
        "ede": value.get("ede", []),
        "records": records,
    }
