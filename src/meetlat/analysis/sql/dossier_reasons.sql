-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain of which at least one finding has a reason that holds for a whole role.
-- Meaning: those reasons, sorted; $reasons names them.
select
    domain,
    list_sort(list(distinct status || '/' || reason)) as reasons
from findings
where list_contains($reasons, reason)
group by domain
