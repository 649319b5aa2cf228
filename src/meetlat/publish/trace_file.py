# SPDX-License-Identifier: EUPL-1.2
"""A trace as JSON: from a figure to domains, and from the verdict of a domain to findings, needs, observations and evidence."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from meetlat.analysis.database import query
from meetlat.analysis.deciding import TracedDomain, TracedVerdict, WeighedFinding
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.share import Share
from meetlat.analysis.tracing import CountedDomain, TracedFigure
from meetlat.model.norm import Norm, Verdict
from meetlat.publish.repeating import command
from meetlat.store.evidence import StoredObservation
from meetlat.store.files import output_file
from meetlat.store.manifest import Manifest

FORMAT = 1
LONGEST_ANSWER = 20_000  # characters of an answer in the file; the whole of it is in the evidence
Json = dict[str, object]


def figure_json(traced: TracedFigure, manifest: Manifest, files: Collection[str]) -> Json:
    """Write a figure with the domains behind it; ``files`` were held against their digests."""
    return {
        **_head(traced.reference, manifest, files),
        "share": share_json(traced.share),
        "counted_by": {"file": f"analysis/sql/{traced.query}.sql", "sql": query(traced.query)},
        "norms": _norms(traced.reference, manifest),
        "domains": {verdict.value: [_domain(one) for one in traced.of(verdict)] for verdict in Verdict},
    }


def domain_json(traced: TracedDomain, manifest: Manifest, files: Collection[str]) -> Json:
    """Write what a figure says of one domain, and all that leads there."""
    return {
        **_head(traced.reference, manifest, files),
        "domain": traced.listing.domain.name,
        "organisation": traced.listing.organisation,
        "group": traced.listing.group,
        "verdict": traced.verdict.value,
        "verdicts": [_verdict(one) for one in traced.verdicts],
        "needs": [
            {
                "kind": need.kind,
                "subject": need.subject,
                "detail": need.detail,
                "again_by_hand": command(need),
                "observations": [_observation(one, manifest) for one in traced.observations.get(need, ())],
            }
            for need in dict.fromkeys(need for verdict in traced.verdicts for need in verdict.needs())
        ],
    }


def share_json(share: Share) -> Json:
    """Write a share with both its denominators."""
    return {
        "compliant": share.compliant,
        "judged": share.judged,
        "all": share.total,
        "non_compliant": share.non_compliant,
        "undetermined": share.undetermined,
        "not_applicable": share.not_applicable,
        "percentage_of_judged": share.percentage_of_judged,
        "percentage_of_all": share.percentage_of_all,
    }


def write_trace(path: Path, trace: Json) -> None:
    """Write the file. Raises OSError."""
    with output_file(path) as place:
        place.write_text(json.dumps(trace, indent=2, ensure_ascii=True) + "\n", encoding="utf-8")


def _head(reference: FigureReference, manifest: Manifest, files: Collection[str]) -> Json:
    """Say what was traced in what, and what of it was held against its digest."""
    return {
        "format": FORMAT,
        "reference": str(reference),
        "measurement": manifest.id,
        "finished": manifest.finished.isoformat(),
        "vantage": manifest.run.vantage,
        "verified_files": {name: manifest.files[name].sha256 for name in sorted(files)},
    }


def _norms(reference: FigureReference, manifest: Manifest) -> Mapping[str, str]:
    """Say by which version of the norm a standard was judged; of a composite by which norms of all."""
    norms = manifest.run.norms
    return dict(norms) if reference.is_composite else {key: norm for key, norm in norms.items() if key == reference.key}


def _domain(one: CountedDomain) -> Json:
    """Write a domain that a figure counts."""
    return {"domain": one.domain, "organisation": one.organisation, "group": one.group, "deciding": list(one.deciding)}


def _verdict(one: TracedVerdict) -> Json:
    """Write a verdict with its norm and its findings."""
    return {
        "standard": one.judgement.standard,
        "part": one.part,
        "norm": _norm(one.norm, one.judgement.norm),
        "verdict": one.verdict.value,
        "decides": one.decides,
        "folded_again": one.again.value if one.again else None,
        "findings": [_finding(finding) for finding in one.findings],
    }


def _norm(norm: Norm | None, version: str) -> Json:
    """Write a norm; what this version of Meetlat does not know of it is null."""
    effective = norm.effective.isoformat() if norm else None
    return {"version": version, "effective": effective, "source": norm.source if norm else None}


def _finding(one: WeighedFinding) -> Json:
    """Write a finding with its weight."""
    finding = one.finding
    return {
        "rule": finding.rule,
        "obligation": one.obligation.value if one.obligation else None,
        "counts": one.counts if one.obligation else None,
        "decides": one.decides,
        "subject": finding.subject,
        "status": finding.status.value,
        "reason": finding.reason,
        "cause": finding.cause.value if finding.cause else None,
        "arguments": dict(finding.arguments),
        "needs": [list(need) for need in finding.needs],
    }


def _observation(one: StoredObservation, manifest: Manifest) -> Json:
    """Write an observation with where it stands in the evidence."""
    seen, written = one.observation, one.written
    cut = max(0, len(written) - LONGEST_ANSWER) if written else 0
    return {
        "at": seen.at.isoformat(),
        "vantage": one.vantage,
        "attempt": seen.attempt,
        "answer": None if written is None else written[:LONGEST_ANSWER],
        "answer_characters_left_out": cut,
        "failure": seen.failure.value if seen.failure else None,
        "failure_detail": seen.detail,
        "file": one.file,
        "row": one.row,
        "file_sha256": manifest.files[one.file].sha256,
    }
