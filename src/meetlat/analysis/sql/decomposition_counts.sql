-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per key (a standard or a composite), part, role, group (null is all groups) and combination of four verdicts.
-- Meaning: of how many targets each judgement said what: the first evidence by the first norms (s00) and by the second (s01), the second evidence by the
-- first norms (s10) and by the second (s11). Null where there is no such judgement: a target that came has no s00 and no s01, one that went no s10 and
-- no s11. In a group: targets that were in that group; one that moved to another group went here and came there.
-- Table cells holds them as points 0 (s00), 1 (s01), 2 (s10) and 3 (s11).
with four as (
    select
        unit,
        key,
        part,
        max(verdict) filter (point = 0) as s00,
        max(verdict) filter (point = 1) as s01,
        max(verdict) filter (point = 2) as s10,
        max(verdict) filter (point = 3) as s11
    from cells
    group by unit, key, part
),
groups as (
    select unit, role, max("group") filter (point = 0) as was, max("group") filter (point = 3) as is_now
    from whose
    join units using (unit)
    group by unit, role
),
whole as (
    select key, part, role, was, is_now, s00, s01, s10, s11, count(*) as number
    from four
    join groups using (unit)
    group by all
),
placed as (
    select key, part, role, coalesce(was, is_now) as "group", s00, s01, s10, s11, number
    from whole
    where was is null or is_now is null or was = is_now
    union all
    select key, part, role, was, s00, s01, null, null, number
    from whole
    where was <> is_now and coalesce(s00, s01) is not null
    union all
    select key, part, role, is_now, null, null, s10, s11, number
    from whole
    where was <> is_now and coalesce(s10, s11) is not null
)
select key, part, role, "group", s00::varchar, s01::varchar, s10::varchar, s11::varchar, sum(number)::bigint as number
from placed
group by all
union all
select key, part, role, null, s00::varchar, s01::varchar, s10::varchar, s11::varchar, sum(number)::bigint as number
from whole
group by all
order by all
