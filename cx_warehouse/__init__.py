"""The library under the command line, Dagster and Streamlit; it knows neither Dagster nor Streamlit."""

from importlib.metadata import version

__version__ = version("cx-warehouse")
