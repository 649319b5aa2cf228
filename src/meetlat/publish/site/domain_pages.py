# SPDX-License-Identifier: EUPL-1.2
"""Each domain: a verdict per standard, what is not right and how to mend it, what could not be established, and how to trace it all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
from meetlat.publish.site.verdict_marks import written_verdicts
from meetlat.publish.site.view import COMPOSITE_OF, View
from meetlat.publish.words import spoken, visible
from meetlat.store.folder import EVIDENCE

_MOST_SENTENCES = 6
_WHOLE, _PART, _ALL = (
    Markup(f'<tr{style}><th scope="row">{{}}</th><td>{{}}</td><td><code>{{}}</code></td></tr>\n')  # noqa: S704 - three forms of ours
    for style in ("", ' class="part"', ' class="all"')
)
_LINK = Markup('<a href="{}">{}</a>')
_MOST_SUPPLIES = 6
_HISTORY_MOMENTS = 8


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that is broken or unknown, with the way to what explains it; what was found, and who shares the cause."""

    head: Markup
    sentences: tuple[Markup, ...]
    left_out: int
    shared: str = ""
    shared_link: str = ""
    others: int = 0


@dataclass(frozen=True, slots=True)
class RolePage:
    """One role of a domain; ``lines`` are the rows of its table."""

    role: str
    lines: Markup
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

    def __init__(self, view: View) -> None:
        self._view = view
        self._state_words = {state: view.say(f"domain.state.{state.value}") for state in State}
        self._lines: dict[tuple[Role, Standing], Markup] = {}  # many domains have the same verdicts
        self._heads: dict[tuple[str, str], Markup] = {}
        self._verdicts = written_verdicts(view.language)
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
        whole = _ALL.format(view.words.say("words.everything"), self._verdicts[together], f"{role.value}/{COMPOSITE_OF[role]}")
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
            lines=Markup("".join((*(self._line(role, one, path) for one in standings), whole))),  # noqa: S704 - each is escaped
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
            head=self._head(one.standard, one.rule, path),
            sentences=tuple(spoken(sentence) for sentence in said[:_MOST_SENTENCES]),
            left_out=max(0, len(said) - _MOST_SENTENCES),
            shared=bounded(lever.supply.name) if lever else "",
            shared_link=f"{up(path)}{place}" if place else "",
            others=lever.failing - 1 if lever else 0,
        )

    def _head(self, standard: str, rule: str, path: str) -> Markup:
        """Name a rule and its standard, with the way to what explains it; all pages of domains lie equally deep."""
        known = self._heads.get((standard, rule))
        if known is None:
            link, title = self._view.rule_link(path, standard, rule), spoken(self._view.rule(standard, rule))
            named = _LINK.format(link, title) if link else title
            known = self._heads[standard, rule] = Markup("{} <small>{}</small>").format(named, visible(self._view.standard(standard)))
        return known

    def _line(self, role: Role, one: Standing, path: str) -> Markup:
        """Make the row of a standard or of a part; a part of which there is nothing to judge says nothing."""
        known = self._lines.get((role, one))
        if known is None:
            known = self._lines[role, one] = self._made_line(role, one, path)
        return known

    def _made_line(self, role: Role, one: Standing, path: str) -> Markup:
        """Make a row for the first time."""
        view, reference = self._view, "/".join(filter(None, (role.value, one.standard, one.part)))
        if one.part:
            if one.verdict is Verdict.NOT_APPLICABLE:
                return Markup("")
            name = part_name(one.standard, one.part, view.standards, view.language)
            return _PART.format(visible(name), self._verdicts[one.verdict], visible(reference))
        name = visible(view.standard(one.standard))
        named = _LINK.format(f"{up(path)}{view.places.standard(one.standard)}", name) if one.standard in view.standards else name
        return _WHOLE.format(named, self._verdicts[one.verdict], visible(reference))

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
        known, language = self._view.gathered.asked.agreements, self._view.language
        states = self._view.gathered.states.get(domain, ())
        return tuple((known[id_].names[language], self._state_words[state]) for id_, state in states)


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
