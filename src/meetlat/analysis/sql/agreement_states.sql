-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per agreement and domain.
-- Meaning: where the domain stands on the agreement on a day: kept, not_kept, not_due (it falls short, and need not keep it yet), undetermined, not_applicable.
-- Of all that the agreement asks in the roles that the domain has: any non-compliant -> not kept, or not due; else any undetermined, or not judged,
-- or judged under another norm than the agreement names -> undetermined; else any compliant -> kept; else not applicable.
-- An agreement read strictly also counts the rules on what is being phased out (their ids end in $phased_out).
-- Tables filled from the register: agreements (agreement), asked (agreement, standard, role, part, norm, strict), and
-- scopes (agreement, group, binds): the groups that an agreement is for, once it is made, and whether it binds on that day.
with domains as (
    select
        agreements.agreement,
        targets.domain,
        any_value(organisation)       as organisation,
        any_value("group")            as "group",
        sum(coalesce(per_role.asks, 0)) as asks
    from targets
    cross join agreements
    left join (select agreement, role, count(*) as asks from asked group by all) as per_role using (agreement, role)
    group by agreements.agreement, targets.domain
),
phased_out as (
    select
        domain,
        role,
        standard,
        norm,
        case
            when bool_or(status = 'violated')     then 'non_compliant'
            when bool_or(status = 'undetermined') then 'undetermined'
            when bool_or(status = 'satisfied')    then 'compliant'
            else 'not_applicable'
        end as verdict
    from findings
    where ends_with(rule, $phased_out)
    group by all
),
counted as (
    select asked.agreement, verdicts.domain, asked.norm as named, verdicts.norm, verdicts.verdict, 1 as answers
    from verdicts
    join asked using (standard, role, part)
    union all
    select strictly.agreement, phased_out.domain, strictly.norm as named, phased_out.norm, phased_out.verdict, 0 as answers
    from phased_out
    join (select distinct agreement, standard, role, norm from asked where strict) as strictly using (standard, role)
),
known as (
    select
        agreement,
        domain,
        answers,
        case when named not in ('', norm) and verdict <> 'not_applicable' then 'undetermined' else verdict end as verdict
    from counted
),
folded as (
    select
        agreement,
        domain,
        sum(answers)                       as answers,
        bool_or(verdict = 'non_compliant') as any_non_compliant,
        bool_or(verdict = 'undetermined')  as any_undetermined,
        bool_or(verdict = 'compliant')     as any_compliant
    from known
    group by all
)
select
    agreement,
    domain,
    organisation,
    "group",
    case
        when scopes.binds is null or asks = 0                          then 'not_applicable'
        when any_non_compliant                                         then if(scopes.binds, 'not_kept', 'not_due')
        when any_undetermined or coalesce(folded.answers, 0) < asks    then 'undetermined'
        when any_compliant                                             then 'kept'
        else 'not_applicable'
    end as state
from domains
left join scopes using (agreement, "group")
left join folded using (agreement, domain)
