# SPDX-License-Identifier: EUPL-1.2
"""Following redirects: it always comes to an end, and it asks for nothing that it should not."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.redirects import MAX_REDIRECTS, End, follow
from meetlat.model.evidence import Evidence, Failure, Need, Observation

_START = "https://a.example/0"
_WHEN = datetime(2026, 6, 1, tzinfo=UTC)
_PLACES = [f"https://{host}.example/{page}" for host in "ab" for page in range(4)]
_ADDRESSES = ["192.0.2.1", "2001:db8::1"]


def _redirect(location: str) -> dict[str, object]:
    return {"status": 302, "headers": [["Location", location]], "body": "", "body_bytes": 0}


_ANSWERS = st.one_of(
    st.sampled_from([*_PLACES, "/1", "http://a.example/", "https://[", "https://127.0.0.1/"]).map(_redirect),
    st.just({"status": 200, "headers": [], "body": "", "body_bytes": 0}),
    st.sampled_from(Failure),
)


def _world(answers: list[dict[str, object] | Failure]) -> Evidence:
    """Make evidence in which every page at every address has an answer or a failure, seen twice."""
    pages = [Need("http", place, address) for place in _PLACES for address in _ADDRESSES]
    names = [("a", "A", ["192.0.2.1"]), ("a", "AAAA", []), ("b", "A", ["192.0.2.1"]), ("b", "AAAA", ["2001:db8::1"])]
    dns = [
        Observation(
            Need("dns", f"{name}.example", kind),
            _WHEN,
            {"rcode": "NOERROR", "security": "insecure", "records": [[f"{name}.example", kind, 60, value] for value in values]},
        )
        for name, kind, values in names
    ]
    seen = [
        Observation(need, _WHEN, failure=answer, attempt=2) if isinstance(answer, Failure) else Observation(need, _WHEN, answer, attempt=2)
        for need, answer in zip(pages, answers, strict=True)
    ]
    return Evidence([*dns, *seen])


@given(st.lists(_ANSWERS, min_size=16, max_size=16))
def test_every_journey_ends_within_its_bounds(answers: list[dict[str, object] | Failure]):
    """Whatever the servers say, at most six pages are visited, all over https, and an answer is there exactly when it ended in one."""
    journey = follow(_START, "192.0.2.1", _world(answers))
    pages = {need.subject for need in journey.needs if need.kind == "http"}
    assert len(pages) <= MAX_REDIRECTS + 1
    assert all(page.startswith("https://") for page in pages)
    assert (journey.end is End.ANSWERED) == (journey.response is not None)


@given(st.lists(_ANSWERS, min_size=16, max_size=16), st.data())
def test_what_a_journey_rests_on_decides_it(answers: list[dict[str, object] | Failure], data: st.DataObject):
    """With any one of its needs taken away a journey ends in the unknown."""
    world = _world(answers)
    journey = follow(_START, "192.0.2.1", world)
    lost = data.draw(st.sampled_from(journey.needs))
    poorer = Evidence(observation for observation in world if observation.need != lost)
    assert follow(_START, "192.0.2.1", poorer).end is End.UNKNOWN
