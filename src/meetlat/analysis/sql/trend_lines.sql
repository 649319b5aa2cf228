-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per set (full, panel, or a pair of points that follow each other), point, key (a standard or a composite), part, role, group and
-- organisation (a number in table organisations); organisation null is the whole group, group null as well is everything; part '' is the whole standard.
-- Meaning: how many targets comply. judged = compliant + non_compliant; all = judged + undetermined + not_applicable.
-- full: every target of the point, with the group and organisation of that point.
-- panel: the targets that were on the list at every point; pair: those that were on it at point first and at first + 1. In both with the group and
-- organisation of the last of these points (organisations only when $organisations), so that a merger or a move does not empty the panel. For full and panel, first is null.
with placed as (
    select
        cells.point,
        cells.key,
        cells.part,
        units.role,
        here."group",
        here.organisation,
        if(units.in_all, final."group", null)      as panel_group,
        if(units.in_all, final.organisation, null) as panel_organisation,
        after."group"                              as after_group,
        after.organisation                         as after_organisation,
        before.unit is not null                    as has_before,
        cells.verdict,
        count(*)                                   as number
    from cells
    join units using (unit)
    join whose as here on here.point = cells.point and here.unit = cells.unit
    left join whose as final on final.point = (select max(point) from whose) and final.unit = cells.unit
    left join whose as after on after.point = cells.point + 1 and after.unit = cells.unit
    left join whose as before on before.point = cells.point - 1 and before.unit = cells.unit
    group by all
),
stacked as (
    select 'full' as kind, null::integer as first, point, key, part, role, "group", organisation, verdict, number
    from placed
    union all
    select 'panel', null, point, key, part, role, panel_group, panel_organisation, verdict, number
    from placed
    where panel_group is not null
    union all
    select 'pair', point, point, key, part, role, after_group, after_organisation, verdict, number
    from placed
    where after_group is not null
    union all
    select 'pair', point - 1, point, key, part, role, "group", organisation, verdict, number
    from placed
    where has_before
)
select
    kind,
    first,
    point,
    key,
    part,
    role,
    "group",
    organisation,
    coalesce(sum(number) filter (verdict = 'compliant'), 0)::bigint                       as compliant,
    coalesce(sum(number) filter (verdict in ('compliant', 'non_compliant')), 0)::bigint   as judged,
    coalesce(sum(number) filter (verdict = 'undetermined'), 0)::bigint                    as undetermined,
    coalesce(sum(number) filter (verdict = 'not_applicable'), 0)::bigint                  as not_applicable
from stacked
group by grouping sets (
    (kind, first, point, key, part, role, "group", organisation),
    (kind, first, point, key, part, role, "group"),
    (kind, first, point, key, part, role)
)
having $organisations or grouping(organisation) = 1
