# SPDX-License-Identifier: EUPL-1.2
"""Whether an SPF record lets everybody pass, by itself or through what it includes (RFC 7208, 5.2)."""

from dataclasses import dataclass, field

from meetlat.facts.spf import Qualifier, has_macro, parse
from meetlat.facts.spf_evaluation import MAX_LOOKUPS, records
from meetlat.facts.txt import askable, txt_question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need


@dataclass(slots=True)
class Openness:
    """What was found: where everybody passes (empty when nowhere), every question asked, and whether an answer was missing."""

    place: str = ""
    needs: list[Need] = field(default_factory=list)
    is_unknown: bool = False


def open_include(domain: Domain, seen: Evidence) -> Openness:
    """Look for an include, at the top or behind a redirect, that matches every sender and lets them pass.

    Only the first eleven records are read: with more lookups than ten a receiver stops with a permerror, which another rule judges.
    """
    found = Openness()
    _passes_everybody(domain.name, seen, found)
    return found


def _passes_everybody(name: str, seen: Evidence, found: Openness) -> bool:
    """Whether the record at a name gives pass to every sender, as far as that does not depend on who sends."""
    need = txt_question(name)
    if need in found.needs or len(found.needs) > MAX_LOOKUPS:
        return False
    found.needs.append(need)
    texts = records(name, seen)
    found.is_unknown |= texts is None
    if texts is None or len(texts) != 1:
        return False
    record = parse(texts[0])
    for directive in record.tested:
        target = askable(directive.value) if directive.mechanism == "include" and not has_macro(directive.value) else None
        if target is None or not _passes_everybody(target, seen, found):
            continue
        # It matches every sender, so nothing after it counts; what it means is for its own qualifier to say.
        found.place = target if directive.qualifier is Qualifier.PASS else ""
        return directive.qualifier is Qualifier.PASS
    if record.all is not None:
        return record.all.qualifier is Qualifier.PASS
    behind = askable(record.redirect) if record.redirect and not has_macro(record.redirect) else None
    return behind is not None and _passes_everybody(behind, seen, found)
