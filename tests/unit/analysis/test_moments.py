# SPDX-License-Identifier: EUPL-1.2
"""What intervals need to know, by SQL, against a plain count in Python."""

from collections import defaultdict

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetlat.analysis.database import query
from meetlat.analysis.moments import moments_in
from meetlat.analysis.panels import opened
from meetlat.analysis.series import read_series
from meetlat.analysis.trend import Key
from meetlat.model.target import Role
from meetlat.standards.loading import standards
from tests.unit.analysis.in_time import in_time

_HSTS = Key("hsts", "", Role.WEB)
_DAYS = ("2025-01-01", "2025-07-01", "2026-01-01")
_DOMAIN = st.tuples(st.text("cnux", min_size=3, max_size=3), st.sampled_from(("A", "B", "C")), st.sampled_from(("Gemeenten", "Rijk")))


def _counted(domains, window, weights, group):
    """Count in plain Python; None when no target was judged at every point."""
    patterns, sizes, moved = defaultdict(int), defaultdict(int), defaultdict(float)
    for letters, organisation, of_group in domains:
        seen = [letters[point] for point in window]
        if group in {None, of_group} and set(seen) <= {"c", "n"}:
            pattern = tuple(letter == "c" for letter in seen)
            patterns[pattern] += 1
            sizes[organisation] += 1
            moved[organisation] += sum(weight for weight, complied in zip(weights, pattern, strict=True) if complied)
    if not patterns:
        return None
    return (
        dict(patterns),
        len(sizes),
        pytest.approx(sum(size**2 for size in sizes.values())),
        pytest.approx(sum(moved[whose] ** 2 / size for whose, size in sizes.items())),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(domains=st.lists(_DOMAIN, min_size=1, max_size=25), window=st.sampled_from([(0, 1), (1, 2), (0, 2), (0, 1, 2)]))
def test_sql_counts_as_python_does(tmp_path_factory, domains, window):
    """Of every group and of all together, whatever the verdicts; an organisation in two groups is one organisation of all together."""
    folder = tmp_path_factory.mktemp("series")
    whose = {f"d{number}.nl": (organisation, group) for number, (_, organisation, group) in enumerate(domains)}
    folders = [
        in_time(folder / day, day, {f"d{number}.nl": letters[at] for number, (letters, _, _) in enumerate(domains)}, whose=whose)
        for at, day in enumerate(_DAYS)
    ]
    weights = (0.25, -1.0, 0.75)[: len(window)]
    with opened(read_series(folders), standards().values()) as connection:
        found = moments_in(connection, window, weights)
    for group in (None, "Gemeenten", "Rijk"):
        one = found.get((_HSTS, group))
        assert (one and (dict(one.patterns), one.organisations, one.squares, one.between)) == _counted(domains, window, weights, group)


def test_what_is_read_off_the_patterns(tmp_path):
    """Five domains over three points: cnc came back, ncc improved, cnn regressed, ccc stayed, nuc was undetermined once."""
    folders = [
        in_time(tmp_path / day, day, {f"d{number}.nl": letters[at] for number, letters in enumerate(("cnc", "ncc", "cnn", "ccc", "nuc"))})
        for at, day in enumerate(_DAYS)
    ]
    with opened(read_series(folders), standards().values()) as connection:
        one = moments_in(connection, (0, 1, 2))[_HSTS, None]
    assert (one.targets, one.compliant, one.improved, one.regressed) == (4, (3, 2, 3), 1, 1)
    # They moved 0, 1, -1 and 0: no mean, and two apart.
    assert (one.mean, one.apart, one.design_effect) == (0, 2, 1)


def test_the_organisation_is_that_of_the_last_point(tmp_path):
    """Two domains that were of one organisation and are of two now are two."""
    before = in_time(tmp_path / "a", "2025-01-01", {"a.nl": "n", "b.nl": "n"}, whose=dict.fromkeys(("a.nl", "b.nl"), ("Samen", "Rijk")))
    after = in_time(tmp_path / "b", "2026-01-01", {"a.nl": "c", "b.nl": "n"})
    with opened(read_series([before, after]), standards().values()) as connection:
        found = moments_in(connection, (0, 1))
    assert found[_HSTS, None].organisations == 2
    assert {group for _, group in found} == {None, "Gemeenten"}


_MANY = """
create table units as select range::integer as unit, 'web' as role from range(100_000);
create table whose as
    select point, unit, (hash(unit) % 997)::integer as organisation, 'Gemeenten' as "group"
    from units
    cross join (values (0), (1)) as points(point);
create table cells as
    select point, unit, 'tls' as key, '' as part,
        if(hash(2 * unit + if(organisation % 3 = 0, point, 0)) % 5 = 0, 'non_compliant', 'compliant') as verdict
    from whose
"""


def test_the_same_bits_each_time():
    """Several threads add up what is not whole, and the order in which they come does not tell."""
    with duckdb.connect() as connection:
        connection.execute(_MANY)
        asked = {"points": [0, 1], "weights": [-1.0, 1.0]}
        found = {tuple(connection.execute(query("trend_moments"), asked).fetchall()) for _ in range(6)}
    assert len(found) == 1
    assert {len(rows) for rows in found} == {8}
