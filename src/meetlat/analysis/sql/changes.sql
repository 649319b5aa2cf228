-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain, role and standard or part (part '' is the whole) whose verdict is another in the second measurement than in the first.
-- Meaning: who changed colour. was or is_now is null where the domain was not asked about that standard at all in one of the two.
select
    role,
    standard,
    part,
    domain,
    coalesce(after.organisation, before.organisation) as organisation,
    coalesce(after."group", before."group")           as "group",
    before.verdict                                    as was,
    after.verdict                                     as is_now
from before
full join after using (domain, role, standard, part)
where before.verdict is distinct from after.verdict
order by role desc, standard, part, was, is_now, domain
