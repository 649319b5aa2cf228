-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per group; group null is all groups together.
-- Meaning: how many domains, organisations and targets per role there are, and how many of the domains do not exist.
with absent as (
    select distinct domain from findings where reason = 'domain-does-not-exist'
)
select
    "group",
    count(distinct targets.domain)                                              as domains,
    count(distinct organisation)                                                as organisations,
    count(*) filter (role = 'web')                                              as web,
    count(*) filter (role = 'mail')                                             as mail,
    count(distinct targets.domain) filter (absent.domain is not null)           as absent
from targets
left join absent on absent.domain = targets.domain
group by grouping sets (("group"), ())
order by "group" nulls first
