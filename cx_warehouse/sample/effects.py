"""What is planted in the sample: the single truth. docs/sample_data.md quotes it, and a test holds the two together."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Effects:
    """Planted parameters. Change one to plant another world; `Effects.none()` plants none.

    Hazard ratios act on the hazard of the next order from the landmark of an order on (delivered, or the end of the
    first promised day when nothing came) until that next order. Score slopes are shares of the length of the scale
    per day of gap. `*_points` are points of probability (0.12 is twelve percentage points).
    """

    # Buying again
    miss_hazard_ratio: float = 0.60
    compensated_hazard_ratio: float = 0.85
    exceeded_hazard_ratio: float = 1.00
    forgiven_after_days: int | None = None
    compensation_rate: float = 0.35
    # What a miss causes besides
    miss_enquiry_rate: float = 0.45
    miss_complaint_rate: float = 0.10
    miss_extra_return_rate: float = 0.03
    # Scores
    score_gain_per_day_early: float = 0.02
    score_loss_per_day_late: float = 0.05
    # Initiatives: how many points they take off the probability of a miss among those treated
    evening_pickup_points: float = 0.12
    route_planning_points: float = 0.00
    express_pilot_points: float = 0.03

    def __post_init__(self) -> None:
        for name in ("miss_hazard_ratio", "compensated_hazard_ratio", "exceeded_hazard_ratio"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; a hazard ratio is above 0.")
        for name in ("compensation_rate", "miss_enquiry_rate", "miss_complaint_rate", "miss_extra_return_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share lies between 0 and 1.")
        if self.forgiven_after_days is not None and self.forgiven_after_days < 1:
            raise ValueError(f"forgiven_after_days is {self.forgiven_after_days}; it is at least 1, or None for never.")

    @classmethod
    def none(cls) -> "Effects":
        """A world in which a miss does nothing and no initiative works. Misses and compensation still happen."""
        return cls(
            miss_hazard_ratio=1.0,
            compensated_hazard_ratio=1.0,
            miss_enquiry_rate=0.0,
            miss_complaint_rate=0.0,
            miss_extra_return_rate=0.0,
            score_gain_per_day_early=0.0,
            score_loss_per_day_late=0.0,
            evening_pickup_points=0.0,
            express_pilot_points=0.0,
        )


def planted(effects: Effects | None = None) -> dict[str, float | None]:
    """The truths that follow from the parameters alone (truth.py computes those that depend on who was sampled).

    Returns:
        every field of `Effects`, and
        `any_miss_hazard_ratio`: hazard of buying again after a miss, compensated or not, over that after a kept
        promise, averaged over the events of a full follow-up (geometric mean). With two ratios in one group it is
        not quite constant: it starts at `any_miss_hazard_ratio_at_landmark` and falls, since those with the lower
        hazard are the ones who are left; what a shorter follow-up estimates lies between the two;
        `miss_extra_contacts`: contacts per missed order more than per kept one;
        `loss_aversion_ratio`: slope of scores below a gap of 0 over the slope above (None when there is no slope).
    """
    effects = effects or Effects()
    start = _mixed_hazard_ratio(effects, 0.0)
    steps = [index / 100 for index in range(600)]
    # Events arrive in proportion to the kept arm's survival over its cumulative hazard, followed until 0.2 % are left.
    weights = [math.exp(-cumulative) for cumulative in steps]
    mixed = [_mixed_hazard_ratio(effects, cumulative) for cumulative in steps]
    average = math.exp(sum(w * math.log(r) for w, r in zip(weights, mixed, strict=True)) / sum(weights))
    gain, loss = effects.score_gain_per_day_early, effects.score_loss_per_day_late
    return {field.name: getattr(effects, field.name) for field in fields(effects)} | {
        "any_miss_hazard_ratio": average,
        "any_miss_hazard_ratio_at_landmark": start,
        "miss_extra_contacts": effects.miss_enquiry_rate + effects.miss_complaint_rate,
        "loss_aversion_ratio": loss / gain if gain else None,
    }


def _mixed_hazard_ratio(effects: Effects, cumulative: float) -> float:
    """Hazard ratio of the missed as a group once the kept arm's cumulative hazard is `cumulative`."""
    parts = [
        (1 - effects.compensation_rate, effects.miss_hazard_ratio),
        (effects.compensation_rate, effects.compensated_hazard_ratio),
    ]
    alive = [share * math.exp(-ratio * cumulative) for share, ratio in parts]
    return sum(weight * ratio for weight, (_, ratio) in zip(alive, parts, strict=True)) / sum(alive)
