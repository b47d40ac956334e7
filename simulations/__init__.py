"""Samples with planted truth, many seeds, and what the published intervals make of them."""
