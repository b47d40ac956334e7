"""What engines other than DuckDB need from outside SQL; how their SQL differs is in macros/cross_db.

`bring_published` of each module copies what a `dbt build` has published there into a DuckDB file (how it publishes:
macros/cross_db/publish_version.sql); PUBLISHED and NEEDED say which tables.
"""

# Schemas whose tables readers ask.
PUBLISHED = ("marts", "reference")
# What publication itself reads (cx_warehouse/publish.py).
NEEDED = (("staging", "stg_as_of"), ("intermediate", "int_reporting_currency"))
