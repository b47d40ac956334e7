"""What anybody would write first: a Streamlit page that asks the facts directly. The baseline of benchmarks/app.py."""

import os
from pathlib import Path

import duckdb
import streamlit as st

connection = duckdb.connect(str((Path(os.environ["CX_WAREHOUSE"]) / "current.duckdb").resolve()), read_only=True)
asked = st.query_params.get("period", "last_12_months")
since = "date '2000-01-01'"
if asked == "last_12_months":
    since = "(select cast(max(ordered_at) as date) - 365 from marts.fct_orders)"
months = connection.execute(
    f"""
    select
        date_trunc('month', cast(ordered_at as date)) as month,
        avg(case when outcome in ('exceeded', 'met') then 1.0 when outcome = 'missed' then 0.0 end) as kept_rate,
        avg(gap_days) as gap_days,
        sum(cost_to_serve_amount) as cost
    from marts.fct_orders
    where ordered_at >= {since}
    group by all
    order by month
    """
).df()
gaps = connection.execute(
    "select dimension, avg(gap_message) as said, avg(gap_delivery) as done from marts.fct_expectation_gaps group by all"
).df()
causes = connection.execute(
    f"""
    select cause, count(*) as misses from marts.fct_orders
    where outcome = 'missed' and ordered_at >= {since} group by all order by misses desc
    """
).df()
connection.close()
st.title(f"We keep {months['kept_rate'].mean():.1%} of our promises")
for place, (label, value) in zip(
    st.columns(3),
    {"Kept": months["kept_rate"].mean(), "Gap, days": months["gap_days"].mean(), "Cost": months["cost"].sum()}.items(),
    strict=True,
):
    place.metric(label, f"{value:,.2f}")
st.line_chart(months, x="month", y="kept_rate")
st.bar_chart(causes, x="cause", y="misses")
st.dataframe(gaps)
st.dataframe(months)
