-- Grain: one row per metric of the registry.
with

metrics as (

    select * from {{ ref('ref_metrics') }}

),

final as (

    select
        metric_id,
        metric_name,
        board_area,
        formula,
        unit,
        direction,
        target_source,
        owner,
        caveat,
        required_tables,
        mart,
        target
    from metrics

)

select
    metric_id,
    metric_name,
    board_area,
    formula,
    unit,
    direction,
    target_source,
    owner,
    caveat,
    required_tables,
    mart,
    target
from final
