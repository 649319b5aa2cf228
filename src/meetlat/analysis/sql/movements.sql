-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per target, key (a standard or a composite) and part, and point at which its verdict is another than at the point before.
-- Meaning: who changed colour when. was_before is true when the target, compliant or not both times, had the new verdict at an earlier point already:
-- it went back and forth.
select
    later.point,
    units.role,
    later.key,
    later.part,
    units.domain,
    organisations.name       as organisation,
    whose."group",
    earlier.verdict::varchar as was,
    later.verdict::varchar   as is_now,
    exists (
        select 1
        from cells as old
        where old.unit = later.unit and old.key = later.key and old.part = later.part
          and old.point < earlier.point and old.verdict = later.verdict
          and later.verdict in ('compliant', 'non_compliant') and earlier.verdict in ('compliant', 'non_compliant')
    )                        as was_before
from cells as later
join cells as earlier
    on earlier.unit = later.unit and earlier.key = later.key and earlier.part = later.part and earlier.point = later.point - 1
join units on units.unit = later.unit
join whose on whose.unit = later.unit and whose.point = later.point
join organisations on organisations.organisation = whose.organisation
where earlier.verdict <> later.verdict
order by later.point, units.role desc, later.key, later.part, was, is_now, units.domain
