-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per domain.
-- Meaning: whose it is, and in which roles it was measured. Table owners is targets, with null where an older measurement knows nothing.
select
    domain,
    any_value(organisation)      as organisation,
    any_value(organisation_id)   as organisation_id,
    any_value(ministry)          as ministry,
    any_value("group")           as "group",
    bool_or(role = 'web')        as web,
    bool_or(role = 'mail')       as mail
from owners
group by domain
order by domain
