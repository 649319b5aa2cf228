-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard, part ('' is the whole), role and group; group null is all groups together.
-- Meaning: how many targets (a domain in a role) have each verdict. judged = compliant + non_compliant.
select
    standard,
    part,
    role,
    "group",
    count(*) filter (verdict = 'compliant')                       as compliant,
    count(*) filter (verdict in ('compliant', 'non_compliant'))   as judged,
    count(*) filter (verdict = 'undetermined')                    as undetermined,
    count(*) filter (verdict = 'not_applicable')                  as not_applicable
from verdicts
group by grouping sets ((standard, part, role, "group"), (standard, part, role))
order by role desc, standard, part, "group" nulls first
