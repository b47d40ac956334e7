"""Every word on the pages that does not come from the warehouse. A second language is a second file like this one."""

# Board
BOARD_TITLE = "Board"
BOARD_QUESTION = "Do we keep our word, and are customers the happier, the more loyal and the cheaper to serve for it?"
PERIOD = "Period"
PERIODS = {"last_12_months": "Last 12 months", "all": "All months"}

# The headline: what, how sure, what to do.
HEADLINE_BELOW = "We keep {value} of our promises, clearly below the {target} we aim for: {action}"
HEADLINE_BELOW_UNSURE = "We keep {value} of our promises, too close to the {target} we aim for to call: {action}"
HEADLINE_ABOVE = "We keep {value} of our promises, clearly above the {target} we aim for: {action}"
HEADLINE_ABOVE_UNSURE = "We keep {value} of our promises, at the {target} we aim for if not by chance: {action}"
HEADLINE_NO_TARGET = "We keep {value} of our promises, between {low} and {high} at 95%: {action}"
HEADLINE_INTERVAL = "We keep between {low} and {high} of our promises, on too few cases to say more: {action}"
HEADLINE_WITHHELD = "Whether we keep our promises cannot be said: {action}"

ACT = {
    "kept_rate": "fix the misses first",
    "csat": "turn to satisfaction next",
    "retention_90d": "turn to loyalty next",
    "cost_per_order": "turn to cost to serve next",
}
ACT_WATCH = "watch it before acting"
ACT_HOLD = "hold the course"
ACT_MORE_DATA = "gather more before acting"
ACT_TARGET = "set a target for it"
ACT_LOAD = "load what is missing"
ACT_REPAIR = "repair the data first"

NEXT_STEP = "Next step"
NEXT = {
    "kept_rate": "find where promises are missed most, and fix the largest cause before any other.",
    "csat": "read what dissatisfied customers answered, and repair the touchpoint they name most.",
    "retention_90d": "ask customers who did not order again within 90 days what kept them away.",
    "cost_per_order": "find the contacts and corrections that an order should not have needed.",
}
NEXT_WATCH = "wait until the interval of {measure} lies on one side of its target before changing anything."
NEXT_HOLD = "no measure on this page is short of its target; look again at the next publication."
NEXT_MORE_DATA = "wait for more observations; under 30 only an interval is shown."
NEXT_TARGET = "set targets in the registry of metrics, so that this page can judge."
NEXT_LOAD = "load {tables}, then run `cx run`."
NEXT_WAIT = "wait for more observations: {reason}."
NEXT_REPAIR = "{reason}."
OWNER = "Owner: {owner}"

# Cards
CARDS = {
    "csat": "Satisfaction",
    "retention_90d": "Loyalty",
    "kept_rate": "Promises kept",
    "cost_per_order": "Cost to serve per delivered order",
}
INTERVAL = "between {low} and {high} (95%)"
INTERVAL_ENDS = "{low} to {high}"
ALTERNATIVE = " or "
INTERVAL_LABEL = "95% interval"
TOO_FEW = "only the interval: fewer than 30 cases"
OBSERVATIONS = "n = {count}"
NOT_SHOWN = "Not shown"
NO_REASON = "no reason was published"
NO_ROW = "this version holds no such measure"
TARGET_UP = "at least {target}"
TARGET_DOWN = "at most {target}"
ON_TARGET = "on target, {target}"
OFF_TARGET = "off target, {target}"
UNJUDGED_TARGET = "target {target}"
NO_TARGET = "no target set"
STATUS = {"final": "final", "provisional": "provisional", "withheld": "withheld"}
DEGRADED = "degraded"
LATEST_MONTH = "{month}: {value}"
LATEST_INTERVAL = "{month}: {low} to {high}"
IN_A_MONTH = "{change} in a month"
IN_A_YEAR = "{change} in a year"
NO_TREND = "No month can be shown yet."
TREND_ALT = (
    "{name} by month with its 95% interval, {first} to {last}. Latest: {latest}. {target}"
    "The download below holds every month."
)
TREND_ALT_TARGET = "Target {target}. "
CARD_HELP = "{formula} Beware: {caveat}"
CARD_HELP_NO_CAVEAT = "{formula}"

# Promises
PROMISES_HEADING = "{value} of the promises due in {month} were kept"
PROMISES_HEADING_PLAIN = "Promises kept by month"
PROMISES_NAME = "Share of promises kept"
PROMISES_AXIS = "Share of due promises kept (axis from {low} to {high})"
PROMISES_MONTH = "Month the promise was due"
PROMISES_NOTE = (
    "Line: share kept. Band: 95% interval, which ignores that one customer can have several promises. "
    "Hollow point: a month still running. Judged on the first promise made."
)
PROMISES_TARGET = "target {target}"
PROMISES_WITHHELD = "The months of promises are not shown: {reason}."
OUTCOMES_HEADING = "{missed} of {due} promises due were missed"
OUTCOMES_HEADING_NONE = "What became of the promises"
OUTCOMES = {
    "exceeded_count": "kept early",
    "met_count": "kept on time",
    "missed_count": "missed",
    "open_count": "not yet due",
    "unknown_count": "unknown",
    "excluded_count": "excluded",
}
OUTCOMES_NOTE = "Unknown and excluded promises are counted here and enter no rate."
OUTCOMES_ALT = "What became of the promises of this period: {parts}."
OUTCOMES_NONE = "No promise is published for this period."
TOOLTIP = {"month": "Month", "value": "Value", "interval": "95% interval", "count": "n", "status": "Status"}

# All measures
MEASURES_HEADING = "All measures, {period}"
MEASURES_COLUMNS = ("Measure", "Value and 95% interval", "n", "Target and status")
MEASURES_VALUE = "{value} ({interval})"
MEASURES_ALT = "All measures with value, interval, number of observations, target and status."
DEFINITIONS = "How each measure is defined"
DEFINITION_FORMULA = "{formula}"
DEFINITION_CAVEAT = "Beware: {caveat}"
DEFINITION_OWNER = "Owner: {owner}"
DEFINITION_TABLES = "Needs: {tables}"
DEFINITION_METHOD = "Interval: {method}"
DOWNLOAD_MEASURES = "Measures of this period (CSV)"
DOWNLOAD_MONTHS = "Promises by month (CSV)"

# Footer
FOOTER_VERSION = "Version {version}, published {published}"
FOOTER_AS_OF = "as of {as_of}"
FOOTER_CHECKS = "{passed} of {all} checks passed"
FOOTER_CHECKS_NONE = "no checks on record"
FOOTER_CURRENCY = "amounts in {currency}"
FOOTER_WITHHELD = "Withheld: {withheld}."
FOOTER_NOTHING_WITHHELD = "Nothing is withheld."

# States
APP_TITLE = "Customer experience"
NOTHING_PUBLISHED_HEADING = "There is nothing to show yet"
NOTHING_PUBLISHED_HINT = "This page shows itself as soon as a version is published; no restart is needed."
LAST_GOOD = "The newest publication cannot be read, so this page stays on version {version}. {reason}"
NEW_VERSION = "A newer version was published; this page now shows it."
CANNOT_ANSWER = "This version lacks something that the page needs. {reason} Run `cx run` to publish it anew."
PAGE_FAILED = "This page could not be drawn. The server's log says why. Nothing that is published was changed."
