-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per key, part, role, group and pair of points (one <= other) of a window; group null is everything.
-- Meaning: what an interval needs to know of the targets that were compliant or non-compliant at every point of the window ("steady" targets), when
-- those of one organisation move together. Of organisation o, n(o) is the number of its steady targets and c(o, p) how many comply at point p:
-- targets = sum of n, organisations = how many, squares = sum of n * n, compliant = sum of c(one), with_size = sum of c(one) * n,
-- product = sum of c(one) * c(other); improved and regressed compare the last point of the window with the first, target by target.
-- Group and organisation are those of the last point of the window.
with steady as (
    select
        unit,
        key,
        part,
        arg_min(verdict = 'compliant', point) as was,
        arg_max(verdict = 'compliant', point) as is_now
    from cells
    where list_contains($points, point) and verdict in ('compliant', 'non_compliant')
    group by unit, key, part
    having count(*) = len($points)
),
sizes as (
    select
        key,
        part,
        role,
        whose."group",
        whose.organisation,
        count(*)                          as number,
        count(*) filter (is_now and not was) as improved,
        count(*) filter (was and not is_now) as regressed
    from steady
    join units using (unit)
    join whose on whose.unit = steady.unit and whose.point = list_max($points)
    group by all
),
counts as (
    select
        key,
        part,
        role,
        whose."group",
        whose.organisation,
        cells.point,
        count(*) filter (verdict = 'compliant') as compliant
    from cells
    join steady using (unit, key, part)
    join units using (unit)
    join whose on whose.unit = cells.unit and whose.point = list_max($points)
    where list_contains($points, cells.point)
    group by all
)
select
    key,
    part,
    role,
    "group",
    one.point                               as one,
    other.point                             as other,
    sum(number)::bigint                     as targets,
    count(*)::bigint                        as organisations,
    sum(number * number)::double            as squares,
    sum(one.compliant)::bigint              as compliant,
    sum(one.compliant * number)::double     as with_size,
    sum(one.compliant * other.compliant)::double as product,
    sum(improved)::bigint                   as improved,
    sum(regressed)::bigint                  as regressed
from counts as one
join counts as other using (key, part, role, "group", organisation)
join sizes using (key, part, role, "group", organisation)
where one.point <= other.point
group by grouping sets ((key, part, role, "group", one.point, other.point), (key, part, role, one.point, other.point))
order by key, part, role, "group" nulls first, one.point, other.point
