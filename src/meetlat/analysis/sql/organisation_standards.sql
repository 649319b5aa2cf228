-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard, part ('' is the whole), role, group and organisation.
-- Meaning: how many targets (a domain in a role) of the organisation have each verdict. judged = compliant + non_compliant; the same as in standards.sql.
select
    standard,
    part,
    role,
    "group",
    organisation,
    count(*) filter (verdict = 'compliant')                       as compliant,
    count(*) filter (verdict in ('compliant', 'non_compliant'))   as judged,
    count(*) filter (verdict = 'undetermined')                    as undetermined,
    count(*) filter (verdict = 'not_applicable')                  as not_applicable
from verdicts
group by standard, part, role, "group", organisation
order by role desc, standard, part, "group", organisation
