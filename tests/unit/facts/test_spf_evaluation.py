# SPDX-License-Identifier: EUPL-1.2
"""Following the tree of an SPF record: what is asked, and what is counted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.dns import question
from meetlat.facts.spf_evaluation import MAX_LOOKUPS, Ending, Fault, evaluate, final_policy, spf_needs
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Observation

AT = datetime(2026, 6, 1, tzinfo=UTC)
DOMAIN = Domain("duinrade.example")
NEVER = 20


def evidence(*answers, failed=()):
    """Build evidence from (name, type, data) and from needs that failed."""
    made = [
        Observation(
            question(name, kind), AT, {"rcode": "NOERROR", "security": "secure", "records": [[name, kind, 300, text] for text in data]}
        )
        for name, kind, data in answers
    ]
    return Evidence([*made, *(Observation(need, AT, failure=Failure.SERVFAIL, attempt=2) for need in failed)])


def settle(world):
    """Ask as the engine does, until nothing new is wanted; what the world does not know has no data."""
    seen = Evidence()
    for _ in range(NEVER):
        asked = [need for need in spf_needs(DOMAIN, seen) if need not in seen]
        if not asked:
            return seen
        for need in asked:
            records = [[need.subject, need.detail, 300, text] for text in world.get((need.subject, need.detail), ())]
            seen.add(Observation(need, AT, {"rcode": "NOERROR", "security": "secure", "records": records}))
    raise AssertionError("the questions never end")


def test_without_exactly_one_record_there_is_nothing_to_follow():
    """None, several and an unknown answer all end it."""
    for seen in (
        evidence((DOMAIN.name, "TXT", [])),
        evidence((DOMAIN.name, "TXT", ["v=spf1 -all", "v=spf1"])),
        evidence(failed=[question(DOMAIN.name, "TXT")]),
        Evidence(),
    ):
        assert evaluate(DOMAIN, seen) is None
        assert final_policy(DOMAIN, seen) is None
        assert list(spf_needs(DOMAIN, seen)) == [question(DOMAIN.name, "TXT")]


def test_an_unknown_branch_counts_itself_only():
    """What is not known yet adds nothing below it, and is asked for."""
    seen = evidence((DOMAIN.name, "TXT", ["v=spf1 include:i.example -all"]))
    found = evaluate(DOMAIN, seen)
    assert found is not None
    assert found.lookups == 1
    assert question("i.example", "TXT") in found.needs


def test_names_are_asked_in_one_spelling():
    """Capitals and a final dot do not make another question."""
    seen = evidence((DOMAIN.name, "TXT", ["v=spf1 include:I.Example. a:H.EXAMPLE -all"]))
    found = evaluate(DOMAIN, seen)
    assert found is not None
    assert found.needs == (
        question(DOMAIN.name, "TXT"),
        question("i.example", "TXT"),
        question("h.example", "A"),
        question("h.example", "AAAA"),
    )


def test_a_long_chain_of_redirects_ends():
    """The twelfth redirect is not followed, and there is no policy."""
    world = {(f"r{i}.example", "TXT"): [f"v=spf1 redirect=r{i + 1}.example"] for i in range(30)}
    seen = settle({(DOMAIN.name, "TXT"): ["v=spf1 redirect=r0.example"], **world})
    policy = final_policy(DOMAIN, seen)
    assert policy is not None
    assert policy.ending is Ending.DEAD_REDIRECT
    assert len(policy.needs) == MAX_LOOKUPS + 1


@pytest.mark.parametrize("target", [DOMAIN.name, DOMAIN.name.upper(), f"{DOMAIN.name}."])
def test_a_loop_is_a_loop_however_it_is_spelt(target):
    """An include of the domain itself ends at the limit and is named."""
    found = evaluate(DOMAIN, evidence((DOMAIN.name, "TXT", [f"v=spf1 include:{target} -all"])))
    assert found is not None
    assert found.lookups == MAX_LOOKUPS + 1
    assert {problem.fault for problem in found.problems} == {Fault.LOOP}


_NAMES = ["duinrade.example", "a.example", "b.example", "c.example"]
_TERMS = st.sampled_from(
    [f"{kind}:{name}" for kind in ("include", "a", "mx", "exists", "ptr") for name in _NAMES] + ["ip4:198.51.100.1", "a/24", "mx", "foo"]
)
_LISTS = st.lists(_TERMS, max_size=6)
_WORLDS = st.fixed_dictionaries({name: st.lists(_LISTS, max_size=2) for name in _NAMES[1:]})


def _world(top, others):
    records = {name: [" ".join(("v=spf1", *terms)) for terms in texts] for name, texts in others.items()}
    return {(DOMAIN.name, "TXT"): [" ".join(("v=spf1", *top))], **{(name, "TXT"): texts for name, texts in records.items()}}


@given(_LISTS, _WORLDS, _TERMS, st.integers(0, 6))
def test_lookups_never_decrease_when_a_term_is_added(top, others, term, place):
    """A further term, wherever it is put, never makes the count lower."""
    more = [*top[:place], term, *top[place:]]
    fewer, greater = (evaluate(DOMAIN, settle(_world(terms, others))) for terms in (top, more))
    assert fewer is not None
    assert greater is not None
    assert fewer.lookups <= greater.lookups


@given(_LISTS, _WORLDS)
def test_the_questions_are_few_and_come_to_an_end(top, others):
    """Any tree, loops included, asks a bounded number of questions, and then knows every answer it rests on."""
    seen = settle(_world(top, others))
    found = evaluate(DOMAIN, seen)
    assert found is not None
    assert all(need in seen for need in found.needs)
    assert len(found.needs) <= 1 + 21 * MAX_LOOKUPS


@given(_LISTS, _WORLDS, st.data())
def test_what_is_not_known_never_adds(top, others, data):
    """With one answer taken away, no count is higher than before."""
    seen = settle(_world(top, others))
    lost = data.draw(
        st.sampled_from([observation.need for observation in seen if observation.need != question(DOMAIN.name, "TXT")] or [None])
    )
    left = Evidence(observation for observation in seen if observation.need != lost)
    before, after = evaluate(DOMAIN, seen), evaluate(DOMAIN, left)
    assert before is not None
    assert after is not None
    assert after.lookups <= before.lookups
