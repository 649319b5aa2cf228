-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain, in the order of group, organisation, domain.
-- Meaning: the verdict on everything that is agreed for the website and for the e-mail (null when nothing that counts was judged, or the
-- domain has no such role), and the requirements that are not kept, as role|standard|rule, sorted.
-- Table members (composite, role, standard) says which standards count; table advice (standard, rule) which rules are no requirement.
with folded as (
    select
        verdicts.domain,
        verdicts.role,
        case
            when bool_or(verdict = 'non_compliant') then 'non_compliant'
            when bool_or(verdict = 'undetermined')  then 'undetermined'
            when bool_or(verdict = 'compliant')     then 'compliant'
            else 'not_applicable'
        end as verdict
    from verdicts
    join members on members.standard = verdicts.standard and members.role = verdicts.role
    where part = ''
    group by all
),
broken as (
    select domain, list(distinct role || '|' || standard || '|' || rule) as rules
    from findings
    anti join advice using (standard, rule)
    where status = 'violated'
    group by domain
),
domains as (
    select domain, any_value(organisation) as organisation, any_value("group") as "group" from targets group by domain
)
select
    domains.domain,
    organisation,
    "group",
    web.verdict                             as web,
    mail.verdict                            as mail,
    coalesce(list_sort(broken.rules), [])   as rules
from domains
left join folded as web  on web.domain = domains.domain and web.role = 'web'
left join folded as mail on mail.domain = domains.domain and mail.role = 'mail'
left join broken on broken.domain = domains.domain
order by "group", organisation, domains.domain
