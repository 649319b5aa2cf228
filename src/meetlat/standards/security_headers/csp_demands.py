# SPDX-License-Identifier: EUPL-1.2
"""What is demanded of the Content Security Policies of a page together: each demand must be met by at least one of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from meetlat.facts.csp import Kind, Policy, SourceList

MISSING = "missing"
_DEFAULT = "default-src"


@dataclass(frozen=True, slots=True)
class Fault:
    """A demand that is not met: the reason of the finding, the directive to look at, and the sources that are too wide."""

    reason: str
    directive: str
    source: str = ""


_Demand = Callable[[Policy], Fault | None]


def faults(policies: Sequence[Policy], required: Iterable[str]) -> tuple[Fault, ...]:
    """Return what all policies together leave open, each fault once.

    ``required`` names the directives that must be there, and limit something.
    """
    found = (_together(demand, policies) for demand in _demands(required))
    return tuple(dict.fromkeys(fault for fault in found if fault is not None))


def _together(demand: _Demand, policies: Sequence[Policy]) -> Fault | None:
    """Return why no policy meets a demand; None when one does. What is written too widely is named before what is not written."""
    each = [demand(policy) for policy in policies]
    if None in each:
        return None
    return min((fault for fault in each if fault is not None), key=lambda fault: fault.reason == MISSING)


def _demands(required: Iterable[str]) -> Iterator[_Demand]:
    """Yield every demand."""
    for name in required:
        yield partial(_limits, name)
    for name in ("script-src-elem", "script-src-attr"):
        yield partial(_no_inline, name, is_script=True)
    for name in ("style-src-elem", "style-src-attr"):
        yield partial(_no_inline, name, is_script=False)
    yield _no_eval
    for name in ("script-src-elem", "object-src"):
        yield partial(_no_wide_source, name)
        yield partial(_no_data, name)


def _limits(name: str, policy: Policy) -> Fault | None:
    """W3C CSP 3, 6.1 to 6.4: a directive is there and lets in less than everybody."""
    if name not in policy.directives:
        return Fault(MISSING, name)
    found = policy.effective(name)
    return _anybody(found) if found else None


def _no_inline(name: str, policy: Policy, *, is_script: bool) -> Fault | None:
    """W3C CSP 3, 6.7.3.2: not every script or style in the page itself may run."""
    found = policy.effective(name)
    if found is None:
        return Fault(MISSING, _DEFAULT)
    return Fault("unsafe-inline", found.directive) if found.allows_all_inline(is_script=is_script) else None


def _no_eval(policy: Policy) -> Fault | None:
    """W3C CSP 3, 4.4.1: text may not be run as script."""
    found = policy.effective("script-src")
    if found is None:
        return Fault(MISSING, _DEFAULT)
    return Fault("unsafe-eval", found.directive) if found.keyword("unsafe-eval") else None


def _no_wide_source(name: str, policy: Policy) -> Fault | None:
    """W3C CSP 3, 6.7.2.8: scripts and objects do not come from whatever host."""
    found = policy.effective(name)
    if found is None:
        return Fault(MISSING, _DEFAULT)
    return None if _only_trusts(found, name) else _anybody(found)


def _no_data(name: str, policy: Policy) -> Fault | None:
    """W3C CSP 3, 6.7.2.8: scripts and objects do not come from the text of a link."""
    found = policy.effective(name)
    if found is None:
        return Fault(MISSING, _DEFAULT)
    if _only_trusts(found, name):
        return None
    texts = [source.text for source in found.sources if source.kind is Kind.SCHEME and source.scheme == "data"]
    return Fault("data", found.directive, texts[0]) if texts else None


def _only_trusts(found: SourceList, name: str) -> bool:
    """Whether hosts and schemes count for nothing, because strict-dynamic stands beside them (6.7.1.1: for scripts only)."""
    return name.startswith("script-src") and found.keyword("strict-dynamic") is not None


def _anybody(found: SourceList) -> Fault | None:
    """Name the sources by which everybody is let in."""
    texts = [source.text for source in found.sources if source.is_anybody]
    return Fault("anybody", found.directive, " ".join(texts)[:200]) if texts else None
