-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard and rule that at least one domain breaks.
-- Meaning: how many domains keep the rule, with all of their addresses and hosts and in any role: broken at one place -> not kept;
-- else undetermined at one place -> undetermined; else kept at one place -> kept; else there was nothing to judge.
-- Counted in two steps: distinct domains per rule all at once would be held in memory as text, many times over.
with broken as (
    select distinct standard, rule
    from findings
    where status = 'violated'
),
per_domain as (
    select
        standard,
        rule,
        domain,
        bool_or(status = 'violated')     as any_violated,
        bool_or(status = 'undetermined') as any_undetermined,
        bool_or(status = 'satisfied')    as any_satisfied
    from findings
    semi join broken using (standard, rule)
    group by standard, rule, domain
)
select
    standard,
    rule,
    count(*) filter (any_satisfied and not any_violated and not any_undetermined)     as compliant,
    count(*) filter (any_violated or (any_satisfied and not any_undetermined))        as judged,
    count(*) filter (any_undetermined and not any_violated)                           as undetermined,
    count(*) filter (not any_violated and not any_undetermined and not any_satisfied) as not_applicable
from per_domain
group by standard, rule
order by count(*) filter (any_violated) desc, standard, rule
