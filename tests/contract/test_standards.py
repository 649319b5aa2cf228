# SPDX-License-Identifier: EUPL-1.2
"""What must hold for every folder of a standard; walks the folders, keeps no list."""

import re
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest

from meetlat.model.evidence import Evidence, Failure, Observation
from meetlat.model.finding import Status
from meetlat.model.norm import verdict
from meetlat.model.standard import Standard
from meetlat.publish.guidance import guidance
from meetlat.standards.loading import measurable, standards
from tests.contract.scenario_cases import Case, cases, judged, label

MEASURABLE = measurable()
CASES = [(standard, case) for standard in MEASURABLE for case in cases(standard)]
each_standard = pytest.mark.parametrize("standard", MEASURABLE, ids=lambda standard: standard.id)
each_registered = pytest.mark.parametrize("standard", standards().values(), ids=lambda standard: standard.id)
each_case = pytest.mark.parametrize(("standard", "case"), CASES, ids=lambda value: value.name if isinstance(value, Case) else value.id)
LANGUAGES = ("nl", "en")


@each_registered
def test_a_standard_has_its_names_in_both_languages(standard: Standard):
    """The register can show every standard in Dutch and in English."""
    for texts in (standard.names, standard.summaries, *standard.part_names.values()):
        assert set(LANGUAGES) == set(texts)


@each_registered
@pytest.mark.parametrize("file", ["standard.toml", "mentions.toml", "tender.nl.md"])
def test_a_registered_standard_is_complete(standard: Standard, file: str):
    """A folder with these three files is a full citizen."""
    assert (standard.folder / file).read_text(encoding="utf-8").strip()


@each_standard
def test_every_rule_stands_in_a_norm_and_back(standard: Standard):
    """No rule is without a norm, and no norm names a rule that does not exist."""
    named = {rule for norm in standard.norms for rule in norm.rules}
    assert named == set(standard.rules)


@each_standard
def test_rule_ids_begin_with_the_standard(standard: Standard):
    """A rule id tells its standard and what is asked, without weight or norm."""
    for rule in standard.rules:
        assert re.fullmatch(rf"{standard.id}\.[a-z0-9]+(-[a-z0-9]+)*", rule)


@each_standard
def test_norms_follow_each_other_without_gap_or_overlap(standard: Standard):
    """On any day since the first norm exactly one norm holds."""
    ordered = sorted(standard.norms, key=lambda norm: norm.effective)
    for norm, following in pairwise(ordered):
        assert norm.until == following.effective
    assert ordered[-1].until is None
    assert ordered[0].effective - timedelta(days=1) < ordered[0].effective


@each_standard
def test_parts_are_made_of_rules_of_the_norm(standard: Standard):
    """Every part has names, and is folded from rules that its norm knows."""
    for norm in standard.norms:
        assert set(norm.parts) <= set(standard.part_names)
        assert {rule for rules in norm.parts.values() for rule in rules} <= set(norm.rules)


@each_standard
def test_every_rule_says_its_source_first(standard: Standard):
    """The docstring of a rule begins with where it is written."""
    for rule, function in standard.rules.items():
        assert re.match(r"(RFC \d+|W3C|WHATWG|Besluit|Streefbeeldafspraak|NCSC|Internet\.nl|IV-meting)\b.*: ", function.__doc__ or ""), rule


@each_standard
def test_scenarios_show_each_rule_both_ways(standard: Standard):
    """Every rule is seen satisfied and violated, and every standard is seen undetermined."""
    seen = defaultdict(set)
    for case in cases(standard):
        for rule, labels in case.then.items():
            seen[rule] |= {text.split("/")[0] for text in labels}
    for rule in standard.rules:
        assert {"satisfied", "violated"} <= seen[rule], rule
    assert "undetermined" in set().union(*seen.values())


@each_case
def test_scenario_gives_exactly_these_findings(standard: Standard, case: Case):
    """The observations of a scenario lead to the findings it lists, and to no other."""
    newest = max(standard.norms, key=lambda norm: norm.effective)
    norm = (standard.norm(case.norm) if case.norm else None) or newest
    found = defaultdict(list)
    for finding in judged(standard, case, Evidence(case.observations), norm):
        found[finding.rule].append(label(finding))
    assert {rule: sorted(labels) for rule, labels in found.items()} == case.then


@each_case
def test_scenario_gives_this_verdict_per_norm(standard: Standard, case: Case):
    """The findings fold into the verdict that the scenario states for each norm, and for each part it names."""
    evidence = Evidence(case.observations)
    assert case.verdicts
    for version, expected in case.verdicts.items():
        norm = standard.norm(version)
        assert norm is not None, version
        assert verdict(norm, judged(standard, case, evidence, norm)).value == expected, version
    newest = max(standard.norms, key=lambda norm: norm.effective)
    for part, expected in case.part_verdicts.items():
        assert verdict(newest, judged(standard, case, evidence, newest), part).value == expected, part


@each_case
def test_our_failure_is_never_theirs(standard: Standard, case: Case):
    """With any one answer replaced by a failure of ours, no finding that rests on it is satisfied or violated."""
    for lost in case.observations:
        failed = Observation(lost.need, lost.at, failure=Failure.OUR_LIMIT, attempt=2)
        evidence = Evidence([*(other for other in case.observations if other is not lost), failed])
        for norm in standard.norms:
            for finding in judged(standard, case, evidence, norm):
                if lost.need in finding.needs:
                    assert finding.status in {Status.UNDETERMINED, Status.NOT_APPLICABLE}, (lost.need, finding)


@each_case
def test_losing_an_answer_never_makes_the_verdict_better(standard: Standard, case: Case):
    """With any one answer lost through us, what was non-compliant does not become compliant."""
    for lost in case.observations:
        failed = Observation(lost.need, lost.at, failure=Failure.OUR_LIMIT, attempt=2)
        evidence = Evidence([*(other for other in case.observations if other is not lost), failed])
        for norm in standard.norms:
            before = verdict(norm, judged(standard, case, Evidence(case.observations), norm)).value
            after = verdict(norm, judged(standard, case, evidence, norm)).value
            assert (before, after) != ("non_compliant", "compliant"), lost.need
            assert not (before == "undetermined" and after in {"compliant", "non_compliant"}), lost.need


@each_case
def test_findings_rest_on_needs_that_were_asked(standard: Standard, case: Case):
    """Every need that a finding rests on is one that the standard asks for, given the same evidence."""
    assert standard.needs is not None
    evidence = Evidence(case.observations)
    asked = set(standard.needs(case.target, evidence)) | {observation.need for observation in case.observations}
    for finding in judged(standard, case, evidence, max(standard.norms, key=lambda norm: norm.effective)):
        assert finding.needs
        assert set(finding.needs) <= asked


@each_case
def test_needs_follow_from_answers_to_own_needs(standard: Standard, case: Case):
    """What a standard needs depends on no answer that it does not ask for itself: the collector relies on it."""
    spy = _Spy(case.observations)
    asked = set(standard.needs(case.target, spy)) if standard.needs else set()
    assert spy.read <= asked


class _Spy(Evidence):
    """Evidence that notes which answers were looked at."""

    def __init__(self, observations):
        super().__init__(observations)
        self.read = set()

    def get(self, need):
        self.read.add(need)
        return super().get(need)

    def reading(self, need, read):
        self.read.add(need)
        return super().reading(need, read)

    def __contains__(self, need):
        self.read.add(need)
        return super().__contains__(need)


@each_case
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_a_sentence(standard: Standard, case: Case, language: str):
    """Guidance has a sentence for each status and reason, whose placeholders are arguments that the finding carries."""
    texts = guidance(standard, language)
    for finding in judged(standard, case, Evidence(case.observations), max(standard.norms, key=lambda norm: norm.effective)):
        sentence = texts.sentence(finding)
        assert sentence, (finding.rule, label(finding))
        for value in filter(None, finding.arguments.values()):
            sentence = sentence.replace(value, "")  # a record may have braces of its own (an SPF macro)
        assert "{" not in sentence, sentence


@each_standard
@pytest.mark.parametrize("language", LANGUAGES)
def test_guidance_tells_why_and_how_for_every_rule(standard: Standard, language: str):
    """Each rule has a title, a reason and a remedy."""
    texts = guidance(standard, language)
    assert set(texts.rules) == set(standard.rules)
    for rule in texts.rules.values():
        assert rule.title
        assert rule.why
        assert rule.how
