-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per supply (layer, kind, name), role and rule that at least one of its domains breaks there.
-- Meaning: of the domains that use the supply and were judged in the role, how many break the rule there (failing, of so many organisations),
-- break it elsewhere only, keep it (complying: the evidence against a shared cause), could not be judged, or have nothing to judge.
-- failing + elsewhere + complying + undetermined + not_applicable = domains. Of the domains that do not use it: others_failing break the rule,
-- out of others_known of which it is known (how common the fault is anyhow).
-- Table uses (domain, supply) says who uses what, table touched (domain, role, rule, supply) what each violation rests on; a supply is a number.
with rules as (
    select distinct supply, role, rule from touched
),
folded as (
    select
        domain,
        any_value(organisation) as organisation,
        role,
        standard,
        rule,
        bool_or(status = 'violated')     as violated,
        bool_or(status = 'undetermined') as undetermined,
        bool_or(status = 'satisfied')    as satisfied
    from findings
    join (select domain, any_value(organisation) as organisation from targets group by domain) using (domain)
    semi join (select distinct role, rule from rules) using (role, rule)
    group by domain, role, standard, rule
),
totals as (
    select
        role,
        rule,
        count(*) filter (violated)                                                     as failing,
        count(*) filter (violated or (satisfied and not undetermined))                 as known
    from folded
    group by role, rule
)
select
    rules.supply,
    rules.role,
    folded.standard,
    rules.rule,
    count(*) filter (touched.supply is not null)                                       as failing,
    count(distinct folded.organisation) filter (touched.supply is not null)            as organisations,
    count(*) filter (violated and touched.supply is null)                              as elsewhere,
    count(*) filter (satisfied and not violated and not undetermined)                  as complying,
    count(*) filter (undetermined and not violated)                                    as undetermined,
    count(*) filter (not violated and not undetermined and not satisfied)              as not_applicable,
    any_value(totals.failing) - count(*) filter (violated)                             as others_failing,
    any_value(totals.known) - count(*) filter (violated or (satisfied and not undetermined)) as others_known
from rules
join totals on totals.role = rules.role and totals.rule = rules.rule
join uses on uses.supply = rules.supply
join folded on folded.domain = uses.domain and folded.role = rules.role and folded.rule = rules.rule
left join touched
    on touched.domain = folded.domain and touched.role = folded.role and touched.rule = folded.rule and touched.supply = rules.supply
group by all
order by rules.supply, rules.role desc, folded.standard, rules.rule
