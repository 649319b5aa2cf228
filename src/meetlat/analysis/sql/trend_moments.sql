-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per key, part, role, group (null is everything) and pattern: at which points of a window of points a target complied.
-- Meaning: how many "steady" targets (compliant or non-compliant at every point of the window) have that pattern; bit i is the i-th point. Repeated on
-- every row of a line is what an interval needs to know of organisations, whose domains move together: how many there are, the sum of the squares of
-- their numbers of steady targets, and the sum of (what their targets moved together)^2 / (their number), where a target moves by the sum of $weights
-- at the points at which it complied. Group and organisation are those of the last point of the window.
-- What is not whole is added up in a fixed order, so that the same measurements give the same bits.
with steady as (
    select
        unit,
        key,
        part,
        bit_or((verdict = 'compliant')::integer << (list_position($points, point) - 1)) as pattern
    from cells
    where list_contains($points, point) and verdict in ('compliant', 'non_compliant')
    group by unit, key, part
    having count(*) = len($points)
),
placed as (
    select
        key,
        part,
        role,
        whose."group",
        whose.organisation,
        pattern,
        count(*) as number
    from steady
    join units using (unit)
    join whose on whose.unit = steady.unit and whose.point = list_max($points)
    group by all
),
moves as (
    select pattern, list_sum(list_transform($weights, lambda weight, number: weight * (pattern >> (number - 1) & 1))) as moved
    from (select distinct pattern from placed)
),
organisations_of as (
    select
        key,
        part,
        role,
        "group",
        organisation,
        sum(number)                          as number,
        sum(number * moved order by pattern) as moved
    from placed
    join moves using (pattern)
    group by grouping sets ((key, part, role, "group", organisation), (key, part, role, organisation))
),
lines as (
    select
        key,
        part,
        role,
        "group",
        count(*)                                          as organisations,
        sum(number * number)                              as squares,
        sum(moved * moved / number order by organisation) as between_organisations
    from organisations_of
    group by key, part, role, "group"
),
patterns as (
    select
        key,
        part,
        role,
        "group",
        pattern,
        sum(number) as number
    from placed
    group by grouping sets ((key, part, role, "group", pattern), (key, part, role, pattern))
)
select
    patterns.key,
    patterns.part,
    patterns.role,
    patterns."group",
    pattern,
    number::bigint                as number,
    organisations,
    squares::double               as squares,
    between_organisations::double as between_organisations
from patterns
join lines
    on lines.key = patterns.key and lines.part = patterns.part and lines.role = patterns.role
    and lines."group" is not distinct from patterns."group"
order by patterns.key, patterns.part, patterns.role, patterns."group" nulls first, pattern
