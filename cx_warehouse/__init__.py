"""The library under the three front doors (command line, Dagster, Streamlit); it knows neither Dagster nor Streamlit."""

from importlib.metadata import version

__version__ = version("cx-warehouse")
