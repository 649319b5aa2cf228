# SPDX-License-Identifier: EUPL-1.2
"""Find the folders of standards and read them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from meetlat.model.norm import Norm, Obligation
from meetlat.model.registration import registration
from meetlat.model.standard import Standard
from meetlat.model.target import Role

_HERE = Path(__file__).parent


class StandardError(ValueError):
    """A standard's folder is wrong; the message names the file and the fault."""


@cache
def standards() -> Mapping[str, Standard]:
    """Return every standard by id, in the order of the ids. Raises StandardError when a folder is wrong."""
    folders = sorted(path.parent for path in _HERE.glob("*/standard.toml"))
    return {folder.name: _standard(folder) for folder in folders}


def measurable() -> tuple[Standard, ...]:
    """Return the standards that have rules, so can be measured."""
    return tuple(standard for standard in standards().values() if standard.rules)


def _standard(folder: Path) -> Standard:
    """Read one folder."""
    data = _toml(folder / "standard.toml")
    try:
        has_rules = (folder / "rules.py").exists()
        module = import_module(f"meetlat.standards.{folder.name}.rules") if has_rules else None
        return Standard(
            id=folder.name,
            names=data["name"],
            summaries=data["summary"],
            part_names=data.get("parts", {}),
            roles=tuple(Role(role) for role in data.get("roles", ())),
            composites=tuple(data.get("composites", ())),
            registration=registration(data.get("register", {})),
            norms=tuple(_norm(folder.name, path) for path in sorted(folder.glob("norms/*.toml"))),
            needs=module.needs if module else None,
            rules=module.RULES if module else {},
            folder=folder,
            not_measured=data.get("not_measured", {}),
        )
    except (KeyError, ValueError) as error:
        raise StandardError(f"{folder / 'standard.toml'}: {error}") from error


def _norm(standard: str, path: Path) -> Norm:
    """Read one norm file; its version is its file name."""
    data = _toml(path)
    try:
        return Norm(
            standard=standard,
            version=path.stem,
            effective=data["effective"],
            until=data.get("until"),
            source=data["source"],
            rules={rule: Obligation(weight) for rule, weight in data["rules"].items()},
            parts={part: tuple(rules) for part, rules in data.get("parts", {}).items()},
            parameters=data.get("parameters", {}),
        )
    except (KeyError, ValueError) as error:
        raise StandardError(f"{path}: {error}") from error


def _toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; a fault names the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise StandardError(f"{path}: {error}") from error
