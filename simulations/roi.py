"""Initiatives: does the interval hold the planted effect, is what works called an effect and what does not not?"""

from cx_warehouse.sample import World

MODELS = {"mart_initiative_effects"}


def estimates(connection, truth: dict, world: World) -> list[dict]:
    """Rows of name, value, low, high and planted; `claimed` where the verdict is an effect.

    Args:
        connection: a finished world, `marts` on its search path.
        truth: of cx_warehouse.sample.truth.
        world: the simulated sample.
    """
    rows = [
        _effect(connection, "I01", "miss_rate", -truth["evening_pickup_points"]),
        _effect(connection, "I02", "miss_rate", -truth["route_planning_points"]),
        _effect(connection, "I03", "miss_rate", -truth["express_pilot_points"]),
        # What does not change misses cannot change what follows from them.
        _effect(connection, "I02", "net_margin_per_customer_month", 0.0),
    ]
    return [row for row in rows if row["low"] is not None]


def _effect(connection, initiative: str, metric: str, planted: float) -> dict:
    value, low, high, verdict, grade = connection.execute(
        """
        select effect, effect_low, effect_high, verdict, grade from mart_initiative_effects
        where initiative_id = ? and metric_id = ?
        """,
        [initiative, metric],
    ).fetchone()
    return {
        "name": f"{initiative} {metric}",
        "value": value,
        "low": low,
        "high": high,
        "planted": planted,
        "neutral": 0.0,
        "claimed": verdict == "effect",
        "grade": grade,
    }
