-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per target (a domain in a role) of the series.
-- Meaning: a number for it, at which points it was on the list, whether that is every point, and whose it was the last time it was.
-- Table listed (point, domain, role, organisation, group) holds the targets of every point.
select
    row_number() over (order by domain, role)::integer as unit,
    domain,
    role,
    count(*) = $points                                 as in_all,
    arg_max(organisation, point)                       as organisation,
    arg_max("group", point)                            as "group"
from listed
group by domain, role
