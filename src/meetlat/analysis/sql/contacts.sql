-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain whose security.txt complies as a whole (so it was served, could be read and had not expired) and names a contact.
-- Meaning: the questions that led to the file; the answer to the last one holds it.
with valid as (
    select domain from verdicts where standard = 'security_txt' and role = 'web' and part = '' and verdict = 'compliant'
)
select domain, needs
from findings
semi join valid using (domain)
where standard = 'security_txt' and rule = 'security_txt.has-contact' and status = 'satisfied'
order by domain
