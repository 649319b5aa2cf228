# SPDX-License-Identifier: EUPL-1.2
"""Read --norms: a date, or versions of single standards, or both."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from meetlat.cli.faults import UsageFault, fault
from meetlat.cli.words import say
from meetlat.engine.judge import norms_on
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


def chosen_norms(text: str | None, standards: Sequence[Standard], today: date) -> Mapping[str, Norm]:
    """Return the norm per standard that --norms asks for: those in force on a date (default: today), single ones replaced by name.

    Raises UsageFault when the text is not understood, or no standard had a norm then.
    """
    day = today
    single: dict[str, Norm] = {}
    for item in (text or "").split(","):
        asked = item.strip()
        if not asked:
            continue
        if "=" in asked:
            norm = _single(asked, standards)
            single[norm.standard] = norm
        else:
            day = _day(asked)
    norms = {**norms_on(standards, day), **single}
    if not norms:
        raise _wrong(text or "", say("error.norms_none"))
    return norms


def _single(asked: str, standards: Sequence[Standard]) -> Norm:
    """Read standard=version."""
    name, _, version = asked.partition("=")
    standard = next((one for one in standards if one.id == name.strip()), None)
    if standard is None:
        choices = ", ".join(one.id for one in standards)
        raise _wrong(asked, say("error.norms_unknown_standard", standard=name, choices=choices))
    norm = standard.norm(version.strip())
    if norm is None:
        choices = ", ".join(one.version for one in standard.norms)
        raise _wrong(asked, say("error.norms_unknown_version", standard=name, version=version, choices=choices))
    return norm


def _day(asked: str) -> date:
    """Read a month (its first day) or a day."""
    match = _DATE.fullmatch(asked)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        pass
    raise _wrong(asked, say("error.norms_date"))


def _wrong(text: str, reason: str) -> UsageFault:
    """Make the fault for --norms."""
    return fault("norms", text=text[:80], reason=reason)
