"""Faults made on purpose, with counts: `make faults` writes what came of them to docs/reliability.md."""
