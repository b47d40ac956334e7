"""What a miss costs: does the interval hold the planted extra contacts, and is no margin lost where nothing is?"""

from cx_warehouse.sample import World

MODELS = {"mart_cost_of_miss"}


def estimates(connection, truth: dict, world: World) -> list[dict]:
    """Rows of name, value, low, high and planted.

    Args:
        connection: a finished world, `marts` on its search path.
        truth: of cx_warehouse.sample.truth.
        world: the simulated sample.

    Returns:
        `miss_extra_contacts` in contacts per missed order; `lost_margin` in the sample's currency per missed order,
        only where nothing is lost by design (planted 0): how much margin an effect costs depends on what customers
        happen to buy.
    """
    found = [_component(connection, "miss_extra_contacts", "extra_contacts", truth["miss_extra_contacts"])]
    if world.effects.miss_hazard_ratio == world.effects.compensated_hazard_ratio == 1:
        found.append(_component(connection, "lost_margin", "lost_margin", 0.0))
    return found


def _component(connection, name: str, component: str, planted: float) -> dict:
    value, low, high = connection.execute(
        "select difference, difference_low, difference_high from mart_cost_of_miss "
        "where outcome = 'missed' and segment = 'all' and component = $1",
        [component],
    ).fetchone()
    return {"name": name, "value": value, "low": low, "high": high, "planted": planted}
