-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per composite (iv-web, iv-mail) and group of the domains that replied; group null is all groups together.
-- Meaning: how many targets are explained (they fall short, and every standard on which they do is explained), disputed (something on which
-- they fall short is), planned, gone, and how many are corrected: gone, explained, or with another fold than was measured.
-- The fold is the one of composites.sql. Table members (composite, role, standard) says which standards count in which composite.
with targets as (
    select
        members.composite,
        noted.domain,
        noted."group",
        case
            when bool_or(measured = 'non_compliant') then 'non_compliant'
            when bool_or(measured = 'undetermined')  then 'undetermined'
            when bool_or(measured = 'compliant')     then 'compliant'
            else 'not_applicable'
        end as measured,
        case
            when bool_or(corrected is null)           then null
            when bool_or(corrected = 'non_compliant') then 'non_compliant'
            when bool_or(corrected = 'undetermined')  then 'undetermined'
            when bool_or(corrected = 'compliant')     then 'compliant'
            else 'not_applicable'
        end as corrected,
        coalesce(bool_and(explained) filter (corrected = 'non_compliant'), false) as explained,
        bool_or(disputed)                                                         as disputed,
        bool_or(planned)                                                          as planned
    from noted
    join members on members.standard = noted.standard and members.role = noted.role
    where part = ''
    group by all
)
select
    composite,
    "group",
    count(*) filter (explained)                as explained,
    count(*) filter (disputed)                 as disputed,
    count(*) filter (planned)                  as planned,
    count(*) filter (corrected is null)        as gone,
    count(*) filter (explained or corrected is distinct from measured) as changed
from targets
group by grouping sets ((composite, "group"), (composite))
