-- Grain: one row per initiative cost, the version in force at as_of.
with

initiative_costs as (

    {{ cx_warehouse.current_rows('crm', 'initiative_costs') }}

),

initiatives as (

    select initiative_id from {{ cx_warehouse.changed(ref('stg_crm__initiatives')) }}

),

final as (

    select
        initiative_costs.cost_id,
        initiative_costs.initiative_id,
        initiative_costs.spent_on,
        initiative_costs.amount,
        upper(initiative_costs.currency) as currency,
        (initiative_costs.initiative_id is not null and initiatives.initiative_id is null and {{ cx_warehouse.is_present('crm.initiatives') }}) as is_orphan,
        false as is_unmapped,
        initiative_costs.is_later_version,
        initiative_costs.version_at,
        initiative_costs._load_id,
        initiative_costs._file,
        initiative_costs._line
    from initiative_costs
    left join initiatives on initiative_costs.initiative_id = initiatives.initiative_id

)

select * from final
