-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard and rule that at least one domain breaks.
-- Meaning: on how many domains the rule is broken (by any of its addresses or hosts, in any role), out of how many on which it was judged.
select
    standard,
    rule,
    count(distinct domain) filter (status = 'violated') as violated,
    count(distinct domain)                              as judged
from findings
where status in ('violated', 'satisfied')
group by standard, rule
having violated > 0
order by violated desc, standard, rule
