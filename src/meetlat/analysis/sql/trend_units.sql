-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per target (a domain in a role) of the series.
-- Meaning: a number for it, and whether it was on the list at every point.
-- Table listed (point, domain, role, organisation, organisation_id, group) holds the targets of every point.
select
    row_number() over (order by domain, role)::integer as unit,
    domain,
    role,
    count(*) = $points                                 as in_all
from listed
group by domain, role
