# SPDX-License-Identifier: EUPL-1.2
"""Each domain: a verdict per standard, what is not right and how to mend it, what could not be established, and how to trace it all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from meetlat.analysis.dossiers import Dossier, Standing, TargetHistory, Told
from meetlat.analysis.hosting import Layer, LayerState
from meetlat.analysis.leverage import Lever
from meetlat.model.agreement import State
from meetlat.model.finding import Status
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.publish.guidance import guidance, shared_sentences
from meetlat.publish.meting.wording import bounded
from meetlat.publish.overview import part_name
from meetlat.publish.site.organisation_pages import everything, is_to_mend, shared_causes
from meetlat.publish.site.places import GROUPS, up
from meetlat.publish.site.tables import quoted
from meetlat.publish.site.view import COMPOSITE_OF, View
from meetlat.publish.words import spoken
from meetlat.store.folder import EVIDENCE

_MOST_SENTENCES = 6
_MOST_SUPPLIES = 6
_HISTORY_MOMENTS = 8


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """The verdict on a standard or a part of it; ``reference`` is empty when it counts in no figure of its own."""

    name: str
    link: str
    verdict: Verdict | None
    reference: str
    is_part: bool = False
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that is broken or unknown, what was found, where it is explained, and who shares the cause."""

    title: Markup
    standard: str
    link: str
    sentences: tuple[Markup, ...]
    left_out: int
    shared: str = ""
    shared_link: str = ""
    others: int = 0


@dataclass(frozen=True, slots=True)
class RolePage:
    """One role of a domain."""

    role: str
    lines: tuple[VerdictLine, ...]
    broken: tuple[RuleLine, ...]
    advised: tuple[RuleLine, ...]
    unknown: tuple[RuleLine, ...]
    history: tuple[tuple[str, tuple[Verdict | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class DomainSheet:
    """The whole page; ``evidence`` is the file that holds its evidence, with the digest of it."""

    path: str
    title: str
    whose: tuple[str, str]
    group: tuple[str, str]
    notices: tuple[str, ...]
    roles: tuple[RolePage, ...]
    hosted: tuple[tuple[str, tuple[tuple[str, str], ...], str], ...]
    agreements: tuple[tuple[str, str], ...]
    corrections: tuple[str, ...]
    trace: str
    evidence: tuple[str, str]


class DomainPages:
    """Makes the pages of domains, one by one."""

    def __init__(self, view: View, states: Mapping[str, Sequence[tuple[str, State]]]) -> None:
        self._view = view
        self._states = states
        self._levers = shared_causes(view)
        self._shared = shared_sentences(view.language)
        self._corrections = _corrections(view)

    @property
    def moments(self) -> tuple[str, ...]:
        """The days of the measurements that a history shows."""
        course = self._view.gathered.course
        return () if course is None else tuple(self._view.words.day(point.day) for point in course.series.points[-_HISTORY_MOMENTS:])

    def sheet(self, dossier: Dossier) -> DomainSheet:
        """Make the page of one domain."""
        view, listing = self._view, dossier.listing
        path = view.places.domain(listing.domain)
        whose = (listing.group, listing.organisation)
        roles = tuple(self._role(dossier, role, path) for role in listing.roles)
        file = f"{EVIDENCE}/shard-{dossier.shard:05d}.parquet"
        stored = view.gathered.manifest.files.get(file)
        first = listing.roles[0]
        return DomainSheet(
            path=path,
            title=listing.domain.shown,
            whose=(bounded(listing.organisation), f"{up(path)}{view.places.organisations[whose]}"),
            group=(bounded(listing.group), f"{up(path)}{view.places.groups[listing.group]}"),
            notices=tuple(sentence for reason in dossier.reasons if "{" not in (sentence := self._shared.get(reason, "{"))),
            roles=roles,
            hosted=tuple(self._hosted(listing.domain.name, path)),
            agreements=self._agreed(listing.domain.name),
            corrections=self._corrections.get(listing.domain.name, ()),
            trace=f"{first.value}/{COMPOSITE_OF[first]} {quoted(listing.domain.name)}",
            evidence=(file, stored.sha256 if stored else ""),
        )

    def _role(self, dossier: Dossier, role: Role, path: str) -> RolePage:
        """Make what there is to say of one role."""
        view = self._view
        standings = dossier.standings.get(role, ())
        together = everything(view, role, {one.standard: one.verdict for one in standings if not one.part})
        composite = f"{role.value}/{COMPOSITE_OF[role]}"
        whole = VerdictLine(view.words.say("words.everything"), "", together, composite, is_all=True)
        rules: dict[tuple[str, str], list[Told]] = {}
        for one in dossier.told:
            if one.role is role:
                rules.setdefault((one.standard, one.rule), []).append(one)
        name = dossier.listing.domain.name
        lines = {"broken": [], "advised": [], "unknown": []}  # type: dict[str, list[RuleLine]]
        for (standard, rule), told in rules.items():
            is_broken = any(one.status is Status.VIOLATED for one in told)
            kind = "unknown" if not is_broken else "broken" if is_to_mend(view, standard, rule, Status.VIOLATED) else "advised"
            lines[kind].append(self._rule(told, path, self._levers.get((name, role, rule)) if kind == "broken" else None))
        return RolePage(
            role=role.value,
            lines=(*(line for one in standings if (line := _line(view, role, one, path)) is not None), whole),
            **{kind: tuple(found) for kind, found in lines.items()},
            history=tuple(self._history(name, role)),
        )

    def _rule(self, told: Sequence[Told], path: str, lever: Lever | None) -> RuleLine:
        """Say what was found of one rule, what is broken first."""
        view, one = self._view, told[0]
        standard = view.standards.get(one.standard)
        words = guidance(standard, view.language) if standard else None
        said = [sentence for sentence in dict.fromkeys(words.sentence(each) for each in told) if sentence] if words else []
        place = view.places.suppliers.get(lever.supply.name, "") if lever else ""
        return RuleLine(
            title=spoken(view.rule(one.standard, one.rule)),
            standard=view.standard(one.standard),
            link=view.rule_link(path, one.standard, one.rule),
            sentences=tuple(spoken(sentence) for sentence in said[:_MOST_SENTENCES]),
            left_out=max(0, len(said) - _MOST_SENTENCES),
            shared=bounded(lever.supply.name) if lever else "",
            shared_link=f"{up(path)}{place}" if place else "",
            others=lever.failing - 1 if lever else 0,
        )

    def _history(self, domain: str, role: Role) -> Iterator[tuple[str, tuple[Verdict | None, ...]]]:
        """Yield everything together, and each standard that changed, at each measurement."""
        course = self._view.gathered.course
        found: Sequence[TargetHistory] = course.histories.get(domain, ()) if course is not None else ()
        for one in sorted(found, key=lambda each: (not each.key.startswith("iv-"), each.key)):
            if one.role is role:
                yield self._view.standard(one.key), one.verdicts[-_HISTORY_MOMENTS:]

    def _hosted(self, domain: str, path: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...], str]]:
        """Yield who hosts what: the layer, names with where they lead, and a remark."""
        view = self._view
        hosting = view.gathered.hostings.get(domain)
        if hosting is None:
            return
        for layer in Layer:
            state = hosting.states[layer]
            uses = [use for use in hosting.uses if use.supply.layer is layer and use.supply.kind.is_supplier][:_MOST_SUPPLIES]
            names = tuple(
                (
                    bounded(use.supply.name),
                    f"{up(path)}{place}" if (place := view.places.suppliers.get(use.supply.name)) and not use.is_own else "",
                )
                for use in uses
            )
            remark = ""
            if state is not LayerState.KNOWN or not names:
                remark = view.say(f"domain.hosting_{state.value}" if state is not LayerState.KNOWN else "domain.hosting_nameless")
            elif hosting.is_own(layer):
                remark = view.say("domain.own")
            yield view.say(f"supplier.{layer.value}"), names, remark

    def _agreed(self, domain: str) -> tuple[tuple[str, str], ...]:
        """Return the agreements with the state of the domain on each."""
        view, known = self._view, self._view.gathered.asked.agreements
        return tuple(
            (known[id_].names[view.language], view.say(f"domain.state.{state.value}")) for id_, state in self._states.get(domain, ())
        )


def _line(view: View, role: Role, one: Standing, path: str) -> VerdictLine | None:
    """Make the line of a standard or of a part; a part of which there is nothing to judge says nothing."""
    reference = "/".join(filter(None, (role.value, one.standard, one.part)))
    if one.part:
        if one.verdict is Verdict.NOT_APPLICABLE:
            return None
        return VerdictLine(_part(one.standard, one.part, view), "", one.verdict, reference, is_part=True)
    link = f"{up(path)}{view.places.standard(one.standard)}" if one.standard in view.standards else ""
    return VerdictLine(view.standard(one.standard), link, one.verdict, reference)


@lru_cache(maxsize=1_000)  # the same few on every page
def _part(standard: str, part: str, view: View) -> str:
    """Name a part of a standard."""
    return part_name(standard, part, view.standards, view.language)


def _corrections(view: View) -> Mapping[str, tuple[str, ...]]:
    """Say what replies did to the verdicts of each domain."""
    found: dict[str, dict[str, None]] = {}
    corrected = view.gathered.asked.corrected
    for one in corrected.corrections if corrected is not None else ():
        after = view.words.shared["verdict"][one.corrected.value] if one.corrected else view.say("domain.gone")
        sentence = view.say(
            "domain.correction",
            day=view.words.day(one.replied),
            what=f"{view.standard(one.standard)} ({view.words.role(one.role)})",
            effect=view.say(f"domain.effect.{one.effect.value}"),
            measured=view.words.shared["verdict"][one.measured.value],
            after=after,
        )
        found.setdefault(one.domain, {})[sentence] = None
    return {domain: tuple(sentences) for domain, sentences in found.items()}


def above(view: View, sheet: DomainSheet) -> tuple[tuple[str, str], ...]:
    """The pages that a domain lies under."""
    return (view.say("group.list"), f"{up(sheet.path)}{GROUPS}"), sheet.group, sheet.whose
