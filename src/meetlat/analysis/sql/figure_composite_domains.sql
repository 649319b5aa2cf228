-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain that a figure on a composite (iv-web, iv-mail) counts.
-- Meaning: whose the domain is, its verdict by the fold of composites.sql, and which standards decide that verdict: those that have it themselves.
-- Table members (composite, role, standard) says which standards count; it is filled from each standard.toml.
-- Parameters: $key (the composite), $role, $part (of a composite always ''), and $group and $organisation (null: whichever).
with of_members as (
    select domain, organisation, "group", standard, verdict
    from verdicts
    join members using (role, standard)
    where composite = $key
      and role = $role
      and part = $part
      and ($group is null or "group" = $group)
      and ($organisation is null or organisation = $organisation)
),
folded as (
    select
        domain,
        any_value(organisation) as organisation,
        any_value("group")      as "group",
        case
            when bool_or(verdict = 'non_compliant') then 'non_compliant'
            when bool_or(verdict = 'undetermined')  then 'undetermined'
            when bool_or(verdict = 'compliant')     then 'compliant'
            else 'not_applicable'
        end as verdict
    from of_members
    group by domain
)
select
    folded.domain,
    folded.organisation,
    folded."group",
    folded.verdict,
    list(of_members.standard order by of_members.standard) as deciding
from folded
join of_members on of_members.domain = folded.domain and of_members.verdict = folded.verdict
group by all
order by folded.domain
