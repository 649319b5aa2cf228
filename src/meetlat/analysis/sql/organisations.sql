-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per group, organisation and composite (iv-web, iv-mail); an organisation without anything that counts has no row.
-- Meaning: how many of its targets keep everything that is agreed for their role; the same fold as in composites.sql.
-- Table members (composite, role, standard) says which standards count; it is filled from each standard.toml.
with targets_judged as (
    select
        members.composite,
        verdicts.domain,
        verdicts.organisation,
        verdicts."group",
        bool_or(verdict = 'non_compliant') as any_non_compliant,
        bool_or(verdict = 'undetermined')  as any_undetermined,
        bool_or(verdict = 'compliant')     as any_compliant
    from verdicts
    join members on members.standard = verdicts.standard and members.role = verdicts.role
    where part = ''
    group by all
)
select
    "group",
    organisation,
    composite,
    count(*) filter (any_compliant and not any_non_compliant and not any_undetermined)             as compliant,
    count(*) filter (any_non_compliant or (any_compliant and not any_undetermined))                as judged,
    count(*) filter (any_undetermined and not any_non_compliant)                                   as undetermined,
    count(*) filter (not any_non_compliant and not any_undetermined and not any_compliant)         as not_applicable
from targets_judged
group by "group", organisation, composite
order by "group", organisation, composite desc
