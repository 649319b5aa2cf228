-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per group and organisation that has a domain in a role.
-- Meaning: of whom there are figures in that role ($role).
select distinct "group", organisation from targets where role = $role order by "group", organisation
