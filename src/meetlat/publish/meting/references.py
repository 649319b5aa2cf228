# SPDX-License-Identifier: EUPL-1.2
"""The reference that stands with a share, by which `meetlat trace` explains it."""

from collections.abc import Mapping
from types import MappingProxyType

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.indicators import COMPOSITES
from meetlat.model.target import Role

COMPOSITE_OF: Mapping[Role, str] = MappingProxyType({role: composite for composite, role in COMPOSITES.items()})


def reference(role: Role, key: str = "", part: str = "", group: str | None = None, organisation: str | None = None) -> str:
    """Return the reference of a share; without a key that of everything together. Empty when an id is none that a reference can hold."""
    try:
        return str(FigureReference(role, key or COMPOSITE_OF[role], part, group, organisation))
    except ValueError:
        return ""


def anchor(role: Role, key: str = "", part: str = "") -> str:
    """Return the place of a standard, or a part of it, on the page of the report: "web-tls-certificate"."""
    return "-".join(filter(None, (role.value, key or COMPOSITE_OF[role], part)))
