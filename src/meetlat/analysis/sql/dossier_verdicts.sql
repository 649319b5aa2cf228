-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain and role, in the order of the shards and of the names in each.
-- Meaning: every verdict of it as standard|part|norm|verdict, the whole of a standard before its parts.
select
    domain,
    role,
    list(standard || '|' || part || '|' || norm || '|' || verdict order by standard, part) as verdicts
from verdicts
join (select distinct domain, shard from targets) using (domain)
group by shard, domain, role
order by shard, domain, role desc
