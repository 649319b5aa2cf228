# SPDX-License-Identifier: EUPL-1.2
"""The scenario is the truth: what was intended is what Meetlat measures, all of it."""

import json
import subprocess
import sys

import pyarrow.parquet as pq

from lab.truth import differences, intended_verdicts, read_truth
from meetlat.analysis.verdicts import verdicts_by_key
from meetlat.standards.loading import measurable
from meetlat.store.manifest import verify_digests


def test_every_intended_verdict_is_measured(lab, measurement):
    """All verdicts that the scenario intends, for every domain, standard and part, are the verdicts of the measurement."""
    truth = read_truth(lab.state / "truth.json")
    assert intended_verdicts(truth) > 1000
    assert differences(truth, verdicts_by_key(measurement)) == []


def test_nothing_is_unknown_through_us(measurement):
    """In the lab no finding is undetermined by a failure of ours; a name that leads to what is no public address is not ours either."""
    findings = pq.read_table(measurement / "findings.parquet", columns=["domain", "rule", "reason", "cause"]).to_pylist()
    assert [finding for finding in findings if finding["cause"] == "ours"] == []


def test_nobody_at_home_is_asked(lab, measurement):
    """Names that point at the loopback or at private addresses, and redirects to such names, are guarded, and no other is."""
    inward = ("web-loopback", "web-private-beside-public", "mx-private", "security-txt-redirected-to-private")
    expected = {one.domain for one in read_truth(lab.state / "truth.json") if set(one.variants) & set(inward)}
    findings = pq.read_table(measurement / "findings.parquet", columns=["domain", "reason"]).to_pylist()
    assert len(expected) == len(inward)
    assert {finding["domain"] for finding in findings if finding["reason"] == "guarded"} == expected


def test_the_measurement_is_sealed_and_whole(measurement):
    """The manifest's digests are those of the files."""
    manifest = verify_digests(measurement)
    assert manifest.counts["domains"] >= 100


def test_older_norms_give_the_intended_verdicts_without_the_network(lab, measurement, tmp_path):
    """A re-judgement under each older norm that the scenario speaks of gives what it intends, outside the lab."""
    truth = read_truth(lab.state / "truth.json")
    norms = {key.partition("@")[2] for one in truth for key in one.verdicts if "@" in key}
    asked = {f"{standard.id}={norm}" for norm in norms for standard in measurable() if standard.norm(norm)}
    assert asked
    for one in sorted(asked):
        standard, _, norm = one.partition("=")
        folder = tmp_path / norm
        judged = _outside(lab, "judge", str(measurement), "--norms", one, "-o", str(folder))
        assert judged.returncode == 0, judged.stdout + judged.stderr
        wrong = differences(truth, verdicts_by_key(folder), norm)
        assert [one for one in wrong if one.key.split(".")[1] == standard] == []
        assert json.loads((folder / "manifest.json").read_text())["parent"]["id"]


def _outside(lab, *arguments):
    """Run the product where there is no lab, so no network of its kind."""
    command = [sys.executable, "-m", "meetlat", *arguments]
    return subprocess.run(command, env=lab.environment, capture_output=True, text=True, timeout=300, check=False)
