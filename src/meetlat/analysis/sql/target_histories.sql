-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per target and key (a standard or a composite, never a part) that was judged at two points or more of a series.
-- Meaning: its verdict at each point, as point|verdict in the order of time; a composite always, a standard only when it changed.
select
    units.domain,
    units.role,
    cells.key,
    list(cells.point || '|' || cells.verdict::varchar order by cells.point) as verdicts
from cells
join units using (unit)
where cells.part = ''
group by units.domain, units.role, cells.key
having count(distinct cells.point) > 1 and (cells.key like 'iv-%' or count(distinct cells.verdict) > 1)
order by units.domain, units.role desc, cells.key
