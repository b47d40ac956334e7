"""Dagster: load → transform → check → publish."""
