"""Which metrics of the registry are in the semantic layer, and why the others are not."""

import csv

import yaml

from cx_warehouse.project import MODELS, PROJECT

CURVE = "a Kaplan–Meier curve: a product over instants, which no sum over rows gives"
MODELLED = "an estimate from a comparison of customers, with weights or strata"
OF_AN_INITIATIVE = "published as what an initiative changed, between months and customers that it chose"
NOT_OF_FACTS = {
    "account_survival": CURVE,
    "patience": CURVE,
    "survival": CURVE,
    "cost_of_miss": MODELLED,
    "miss_effect": MODELLED,
    "miss_hazard": "an estimate: a Cox regression within strata",
    "recovery_effect": MODELLED,
    "money_at_risk": "an estimate: miss rates shrunk towards each other, times a difference of costs",
    "driver_weight": "an estimate: relative weights of a regression",
    "promise_days": "a rank among waits, with a correction for their number",
    "expectation_drift": "compares two distributions, of this period and the 12 months before",
    "miss_cause_share": "a part of a whole, and grouped by cause the whole would be grouped too; "
    "`missed_order_count` by cause has its parts",
    "orders_per_customer_month": OF_AN_INITIATIVE,
    "margin_per_customer_month": OF_AN_INITIATIVE,
    "service_cost_per_customer_month": OF_AN_INITIATIVE,
    "net_margin_per_customer_month": OF_AN_INITIATIVE,
}


def _registry() -> list[dict[str, str]]:
    with (PROJECT / "seeds/reference/ref_metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _metrics() -> list[dict]:
    files = sorted((MODELS / "semantic").glob("_*.yml"))
    return [metric for file in files for metric in yaml.safe_load(file.read_text()).get("metrics", [])]


def registered() -> set[str]:
    """Ids of the registry that are metrics of the semantic layer under the same name."""
    return {metric["name"] for metric in _metrics()} & {row["metric_id"] for row in _registry()}


def semantic_page() -> str:
    """The metrics of the semantic layer as a page."""
    metrics, names = {metric["name"]: metric for metric in _metrics()}, {row["metric_id"]: row for row in _registry()}
    beside = [metric for name, metric in metrics.items() if name not in names]
    parts = [
        "# The semantic layer",
        "",
        "Written by `make docs` from `models/semantic/` and `docs/semantic_layer.py`. How to ask it: [bi.md](bi.md).",
        "",
        f"{len(registered())} of the {len(names)} metrics of the registry are metrics of facts, and are here under "
        f"their ids; {len(beside)} more are what they are made of.",
        "A test holds each to its mart on the demo.",
        "",
        "| metric | what | mart |",
        "|---|---|---|",
        *(
            f"| `{name}` | {metrics[name]['description']} | `{names[name]['mart']}` |"
            for name in names
            if name in metrics
        ),
        "",
        "## What they are made of",
        "",
        "| metric | what |",
        "|---|---|",
        *(f"| `{metric['name']}` | {metric['description']} |" for metric in beside),
        "",
        "## What is not here, and why",
        "",
        "Intervals are not here either. Ask the mart.",
        "",
        "| metric | why | mart |",
        "|---|---|---|",
        *(
            f"| `{name}` | {NOT_OF_FACTS[name]} | `{row['mart']}` |"
            for name, row in names.items()
            if name in NOT_OF_FACTS
        ),
    ]
    return "\n".join(parts) + "\n"
