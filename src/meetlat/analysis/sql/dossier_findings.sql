-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain, role, standard, rule, status, reason and subject with that outcome, of everything that is broken or unknown.
-- Meaning: what the page of a domain tells, in the order of the shards and of the names in each; for must and advice alike.
-- What a rule for the other role says (reason 'role') is left out.
select
    domain,
    role,
    standard,
    rule,
    status,
    reason,
    arguments
from findings
join (select distinct domain, shard from targets) using (domain)
where status in ('violated', 'undetermined') and reason <> 'role'
group by shard, domain, role, standard, rule, status, reason, arguments
order by shard, domain, role desc, standard, rule, status desc, reason, arguments
