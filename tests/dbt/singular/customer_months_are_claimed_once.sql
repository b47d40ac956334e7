-- Whoever two initiatives treat is given to one of them, so that no margin is claimed twice.
select
    region,
    segment,
    service_level,
    count(*) as claim_count
from {{ ref('int_initiatives_assigned') }}
where design = 'joint' and arm = 'treated'
group by region, segment, service_level
having count(*) > 1
