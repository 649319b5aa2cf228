-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per cause (theirs, path, ours) and reason for which something could not be established.
-- Meaning: how many domains it touches, and in how many findings (one rule, one subject).
select
    cause,
    reason,
    count(distinct domain) as domains,
    count(*)               as findings
from findings
where status = 'undetermined'
group by cause, reason
order by cause, domains desc, reason
