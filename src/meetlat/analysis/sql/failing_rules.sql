-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard and rule that at least one domain breaks.
-- Meaning: on how many domains the rule is broken (by any of its addresses or hosts, in any role), out of how many on which it was judged.
-- Counted in two steps: distinct domains per rule all at once would be held in memory as text, many times over.
with per_domain as (
    select standard, rule, domain, bool_or(status = 'violated') as broken
    from findings
    where status in ('violated', 'satisfied')
    group by standard, rule, domain
)
select
    standard,
    rule,
    count(*) filter (broken) as violated,
    count(*)                 as judged
from per_domain
group by standard, rule
having violated > 0
order by violated desc, standard, rule
