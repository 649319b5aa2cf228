-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per key (a standard or a composite), part, role, group (null is all groups) and combination of four verdicts.
-- Meaning: of how many targets each judgement said what: the first evidence by the first norms (s00) and by the second (s01), the second evidence by the
-- first norms (s10) and by the second (s11). Null where there is no such judgement: a target that came has no s00 and no s01, one that went no s10 and
-- no s11. In a group: targets that were in that group; one that moved to another group went here and came there.
-- Table cells holds them as points 0 (s00), 1 (s01), 2 (s10) and 3 (s11).
with placed as (
    select
        cells.unit,
        key,
        part,
        role,
        whose."group",
        max(verdict) filter (cells.point = 0) as s00,
        max(verdict) filter (cells.point = 1) as s01,
        max(verdict) filter (cells.point = 2) as s10,
        max(verdict) filter (cells.point = 3) as s11
    from cells
    join units using (unit)
    join whose on whose.unit = cells.unit and whose.point = cells.point
    group by cells.unit, key, part, role, whose."group"
),
whole as (
    select
        unit,
        key,
        part,
        role,
        max(verdict) filter (cells.point = 0) as s00,
        max(verdict) filter (cells.point = 1) as s01,
        max(verdict) filter (cells.point = 2) as s10,
        max(verdict) filter (cells.point = 3) as s11
    from cells
    join units using (unit)
    group by unit, key, part, role
)
select key, part, role, "group", s00::varchar, s01::varchar, s10::varchar, s11::varchar, count(*) as number
from placed
group by all
union all
select key, part, role, null, s00::varchar, s01::varchar, s10::varchar, s11::varchar, count(*) as number
from whole
group by all
order by all
