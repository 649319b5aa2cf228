-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain, role, standard, rule and finding that stands in the way of a verdict: a requirement that is broken, or
-- (status undetermined) could not be judged, of a standard that the domain does not comply with.
-- Meaning: everything that must be mended, or become known, before the domain complies with the standard.
-- In the order of the shards of the measurement, and of the names in each, so that it can be read along with the evidence.
-- Table advice (standard, rule) says which rules are no requirement. Of what is undetermined only one row per rule is kept, without needs.
with failing as (
    select domain, role, standard from verdicts where part = '' and verdict = 'non_compliant'
),
blocking as (
    select domain, role, standard, rule, status, subject, reason, arguments, needs
    from findings
    semi join failing using (domain, role, standard)
    anti join advice using (standard, rule)
    where status in ('violated', 'undetermined')
),
kept as (
    select * from blocking where status = 'violated'
    union all
    select distinct domain, role, standard, rule, status, '' as subject, '' as reason, '{}' as arguments, [] as needs
    from blocking
    where status = 'undetermined'
)
select domain, role, standard, rule, status, subject, reason, arguments, needs
from kept
join (select distinct domain, shard from targets) using (domain)
order by shard, domain, role desc, standard, rule, status, subject, reason, arguments
