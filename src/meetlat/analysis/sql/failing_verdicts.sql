-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain, role and standard that a domain does not comply with.
-- Meaning: what fell short in an earlier measurement, to tell since when it does.
select domain, role, standard
from verdicts
where part = '' and verdict = 'non_compliant'
