-- Grain: one row per day, from the first day of the first month with an event to the last day of as_of's month.
with

dates as (

    select * from {{ ref('int_dates_spanned') }}

)

select
    year_number,
    month_number,
    weekday_number,
    is_business_day,
    is_holiday,
    date_day,
    date_month
from dates
