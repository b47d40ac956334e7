"""What engines other than DuckDB need from outside SQL; how their SQL differs is in macros/cross_db."""
