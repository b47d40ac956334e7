"""Sample data: a plausible shop with planted, documented effects (see docs/sample_data.md)."""

from cx_warehouse.sample.effects import Effects, planted
from cx_warehouse.sample.orders import World, simulate
from cx_warehouse.sample.truth import truth
from cx_warehouse.sample.write import write_sample, write_world

__all__ = ["Effects", "World", "planted", "simulate", "truth", "write_sample", "write_world"]
