-- SPDX-License-Identifier: EUPL-1.2
-- Grain: one row per way in which a target list wrote an organisation (name and id) at a point of the series.
-- Meaning: which organisation of the series that is (a number), and its newest name. One id is one organisation, whatever its name. Without an id,
-- a name is the organisation that has it elsewhere in the series with an id, when that is one; else the name itself.
-- Table listed (point, domain, role, organisation, organisation_id, group) holds the targets of every point.
with written as (
    select distinct point, organisation as name, organisation_id as id
    from listed
),
known as (
    select name, min(id) as id
    from written
    where id is not null
    group by name
    having count(distinct id) = 1
),
identified as (
    select written.point, written.name, written.id, coalesce(written.id, known.id) as told
    from written
    left join known on written.id is null and known.name = written.name
)
select
    point,
    name,
    id,
    dense_rank() over (order by told is null, coalesce(told, name))::integer as organisation,
    last_value(name) over (
        partition by told is null, coalesce(told, name)
        order by point, id is not null, name
        rows between unbounded preceding and unbounded following
    ) as newest_name,
    told as newest_id
from identified
