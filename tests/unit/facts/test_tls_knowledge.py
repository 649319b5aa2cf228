# SPDX-License-Identifier: EUPL-1.2
"""What a refused hello says depends on what else was in it: a refusal of suites is none of curves, and the other way round."""

from datetime import UTC, datetime

import pytest

from meetlat.facts.tls_hellos import talk
from meetlat.facts.tls_knowledge import curves12, suites12
from meetlat.model.evidence import Evidence, Need, Observation

_UP_TO_12 = "0303030203010300"
_GOOD, _LEGACY = "c02cc030", "c023c009"
_CORE, _OTHER = "001d00170018001e", "00150019"
_NEED = Need("tls", "192.0.2.1", "duinrade.example")


def _hello(suites, groups, **came):
    """A hello of TLS 1.2 and lower that was refused, unless it says otherwise."""
    refused = {"came": "alert", "alert": 40}
    return {"versions": _UP_TO_12, "suites": suites, "groups": groups, "signatures": "04030804", "settled": True, **(came or refused)}


_TAKEN = _hello(_GOOD, _CORE, came="server_hello", version="0303", suite="c030", group="001d")
REFUSALS = {
    "old suites beside good curves: the suites": (_hello(_LEGACY, _CORE), {"c023", "c009"}, set()),
    "old suites beside all curves: the suites as well, and no curve": (_hello(_LEGACY, _CORE + _OTHER), {"c023", "c009"}, set()),
    "good suites beside other curves: the curves": (_hello(_GOOD, _OTHER), set(), {"0015", "0019"}),
    "good suites beside other curves, with those of the certificate behind: the curves": (
        _hello(_GOOD, _OTHER + "00170018"),
        set(),
        {"0015", "0019", "0017", "0018"},
    ),
}


@pytest.mark.parametrize(("refusal", "suites", "curves"), REFUSALS.values(), ids=REFUSALS)
def test_what_a_refusal_is_about(refusal, suites, curves):
    """Whatever it is not about stays unknown."""
    answer = {"hellos": [_TAKEN, refusal]}
    told = talk(_NEED, Evidence([Observation(_NEED, datetime(2026, 6, 1, tzinfo=UTC), answer=answer)]))
    assert (suites12(told).refused, curves12(told).refused) == (suites, curves)
