-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard, part ('' is the whole), role and group of the domains that replied; group null is all groups together.
-- Meaning: how many targets are explained (they fall short, with an accepted leg uit), disputed (not decided on yet), planned,
-- gone (no domain of the organisation), and how many are corrected: gone, explained, or with another verdict than was measured.
-- Table noted holds every verdict of those domains: measured, corrected (null: gone), and what its replies did to it.
select
    standard,
    part,
    role,
    "group",
    count(*) filter (explained)                as explained,
    count(*) filter (disputed)                 as disputed,
    count(*) filter (planned)                  as planned,
    count(*) filter (corrected is null)        as gone,
    count(*) filter (explained or corrected is distinct from measured) as changed
from noted
group by grouping sets ((standard, part, role, "group"), (standard, part, role))
