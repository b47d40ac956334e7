-- Grain: one row per maturity answer, the version in force at as_of.
with

maturity_assessments as (

    {{ cx_warehouse.current_rows('crm', 'maturity_assessments') }}

),

final as (

    select
        maturity_assessments.assessment_id,
        maturity_assessments.assessed_on,
        maturity_assessments.dimension,
        maturity_assessments.stage,
        maturity_assessments.respondent as respondent_hash,
        false as is_orphan,
        false as is_unmapped,
        maturity_assessments.is_later_version,
        maturity_assessments.version_at,
        maturity_assessments._load_id,
        maturity_assessments._file,
        maturity_assessments._line
    from maturity_assessments

)

select * from final
