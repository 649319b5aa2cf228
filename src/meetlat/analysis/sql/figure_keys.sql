-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per role, and per standard with its parts or composite that was judged in that role.
-- Meaning: of what there are figures in a measurement; part '' is the whole.
-- Table members (composite, role, standard) says which standards count in which composite.
select distinct role, standard as key, part from verdicts
union
select distinct role, composite as key, '' as part from members join verdicts using (role, standard)
order by role desc, key, part
