-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain that a figure on a standard, or on a part of it ($part; '' is the whole), counts.
-- Meaning: whose the domain is, its verdict, and nothing else that decides it (deciding is empty: the standard itself does).
-- Parameters: $key (the standard), $role, $part, and $group and $organisation (null: whichever).
select domain, organisation, "group", verdict, []::varchar[] as deciding
from verdicts
where standard = $key
  and role = $role
  and part = $part
  and ($group is null or "group" = $group)
  and ($organisation is null or organisation = $organisation)
order by domain
