# SPDX-License-Identifier: EUPL-1.2
"""What a measurement says of one target on one standard."""

from collections.abc import Mapping
from dataclasses import dataclass

from meetlat.model.finding import Finding
from meetlat.model.norm import Verdict
from meetlat.model.target import Target


@dataclass(frozen=True, slots=True)
class Judgement:
    """The findings of one standard for one target under one norm, and what they fold into, as a whole and per part."""

    target: Target
    standard: str
    norm: str
    findings: tuple[Finding, ...]
    verdict: Verdict
    parts: Mapping[str, Verdict]
