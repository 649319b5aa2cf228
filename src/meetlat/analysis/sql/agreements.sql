-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per agreement, group and organisation; organisation null is the whole group, group null as well is everything.
-- Meaning: how many domains keep the agreement. judged = kept + not_kept + not_due; all = judged + undetermined + not_applicable.
-- Table states holds what agreement_states.sql gives.
select
    agreement,
    "group",
    organisation,
    count(*) filter (state = 'kept')                              as kept,
    count(*) filter (state in ('kept', 'not_kept', 'not_due'))    as judged,
    count(*) filter (state = 'undetermined')                      as undetermined,
    count(*) filter (state = 'not_applicable')                    as not_applicable,
    count(*) filter (state = 'not_due')                           as not_due
from states
group by grouping sets ((agreement, "group", organisation), (agreement, "group"), (agreement))
order by agreement, "group" nulls first, organisation nulls first
