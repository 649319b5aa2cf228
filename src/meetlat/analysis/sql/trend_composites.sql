-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per point, target and composite (iv-web, iv-mail).
-- Meaning: the verdict on everything that is agreed for the role of the target, of the standards that were judged at every point of the series:
-- any non-compliant -> non-compliant; else any undetermined -> undetermined; else any compliant -> compliant; else not applicable.
-- Table members (composite, role, standard) says which standards count; it is filled from each standard.toml and from the series.
select
    point,
    unit,
    members.composite as key,
    ''                as part,
    case
        when bool_or(verdict = 'non_compliant') then 'non_compliant'
        when bool_or(verdict = 'undetermined')  then 'undetermined'
        when bool_or(verdict = 'compliant')     then 'compliant'
        else 'not_applicable'
    end               as verdict
from cells
join units using (unit)
join members on members.standard = cells.key and members.role = units.role
where part = ''
group by point, unit, members.composite
