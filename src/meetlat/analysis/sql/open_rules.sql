-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per standard, norm and rule of which there is a finding.
-- Meaning: which rules were judged by, also of norms that this version of Meetlat does not know.
select distinct standard, norm, rule from findings order by standard, norm, rule
