# SPDX-License-Identifier: EUPL-1.2
"""Whatever can be observed comes back from the file as it was."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.model.evidence import Failure, Need, Observation
from meetlat.store.evidence import read_observations, write_shard
from meetlat.store.folder import create
from tests.unit.made_up import RUN, SHARDS

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
_NEEDS = st.builds(Need, _TEXT, _TEXT, _TEXT)
_OBSERVATIONS = st.one_of(
    st.builds(Observation, _NEEDS, _MOMENTS, answer=st.dictionaries(st.text(max_size=8), _JSON, max_size=5), attempt=st.integers(1, 9)),
    st.builds(Observation, _NEEDS, _MOMENTS, failure=st.sampled_from(Failure), detail=_TEXT, attempt=st.integers(1, 9)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_OBSERVATIONS, max_size=8, unique_by=lambda seen: (seen.need, seen.attempt)))
def test_observations_come_back_as_they_were(observations):
    """Needs, times to the microsecond, answers, failures, details and attempts survive, sorted by need and attempt."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        create(folder, RUN, SHARDS)
        write_shard(folder, 0, observations)
        expected = sorted(observations, key=lambda seen: (seen.need, seen.attempt))
        assert list(read_observations(folder, 0)) == expected
