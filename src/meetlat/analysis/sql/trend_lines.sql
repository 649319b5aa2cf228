-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per set and point of it (slot), key (a standard or a composite), part, role, group and organisation (a number in table organisations);
-- organisation null is the whole group, group null as well is everything; part '' is the whole standard.
-- With n = $points, slot p is the full set of point p, n + p the panel at point p, 2n + 2p the pair of p and p + 1 at p, and 2n + 2p + 1 that pair at p + 1.
-- Meaning: how many targets comply. judged = compliant + non_compliant; all = judged + undetermined + not_applicable.
-- full: every target of the point, with the group and organisation of that point.
-- panel: the targets that were on the list at every point; pair: those that were on it at point first and at first + 1. In both with the group and
-- organisation of the last of these points, so that a merger or a move does not empty the panel.
-- Rows of organisations only when $organisations. Without $details no parts, and of organisations only everything together.
-- Where each target belongs is worked out first, and numbered: targets are few beside their verdicts.
with belongs as (
    select
        here.point,
        here.unit,
        units.role,
        here."group",
        if($organisations, here.organisation, null)                   as organisation,
        if(units.in_all, final."group", null)                         as panel_group,
        if($organisations and units.in_all, final.organisation, null) as panel_organisation,
        after."group"                                                 as after_group,
        if($organisations, after.organisation, null)                  as after_organisation,
        before.unit is not null                                       as has_before
    from whose as here
    join units on units.unit = here.unit
    left join whose as final on final.point = (select max(point) from whose) and final.unit = here.unit
    left join whose as after on after.point = here.point + 1 and after.unit = here.unit
    left join whose as before on before.point = here.point - 1 and before.unit = here.unit
),
places as (
    select *, row_number() over () as place
    from (select distinct * exclude (point, unit) from belongs)
),
lies as (
    select belongs.point, belongs.unit, places.place
    from belongs
    join places
        on places.role = belongs.role
        and places."group" = belongs."group"
        and places.organisation is not distinct from belongs.organisation
        and places.panel_group is not distinct from belongs.panel_group
        and places.panel_organisation is not distinct from belongs.panel_organisation
        and places.after_group is not distinct from belongs.after_group
        and places.after_organisation is not distinct from belongs.after_organisation
        and places.has_before = belongs.has_before
),
counted as (
    select cells.point, cells.key, cells.part, lies.place, cells.verdict, count(*) as number
    from cells
    join lies on lies.point = cells.point and lies.unit = cells.unit
    where $details or cells.part = ''
    group by cells.point, cells.key, cells.part, lies.place, cells.verdict
),
placed as (
    select * from counted join places using (place)
),
stacked as (
    select point as slot, key, part, role, "group", organisation, verdict, number
    from placed
    union all
    select $points + point, key, part, role, panel_group, panel_organisation, verdict, number
    from placed
    where panel_group is not null
    union all
    select 2 * $points + 2 * point, key, part, role, after_group, after_organisation, verdict, number
    from placed
    where after_group is not null
    union all
    select 2 * $points + 2 * point - 1, key, part, role, "group", organisation, verdict, number
    from placed
    where has_before
)
select
    slot,
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
    (slot, key, part, role, "group", organisation),
    (slot, key, part, role, "group"),
    (slot, key, part, role)
)
having grouping(organisation) = 1 or ($organisations and ($details or key like 'iv-%'))
