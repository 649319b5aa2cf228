-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per composite (iv-web, iv-mail) and domain of which a standard that counts in it could not be established.
-- Meaning: mending all that is broken does not make such a domain comply with the composite for certain.
-- Table members (composite, role, standard) says which standards count; it is filled from each standard.toml.
select distinct composite, domain
from verdicts
join members using (role, standard)
where part = '' and verdict = 'undetermined'
order by composite, domain
