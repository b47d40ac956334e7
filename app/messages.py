"""Every word on the pages that does not come from the warehouse, in English.

Another language is a file of the same names, which CX_WORDS points to (see app/words.py).
"""

from app import words

# Figures
LANGUAGE = "en"
# How one thousand two hundred and thirty-four and a half is written; CX_NUMBERS wins.
NUMBERS = "1,234.5"
DASH = "–"
UNITS = {
    "share": "{number}%",
    "points": "{number} points",
    "days": "{number} days",
    "hours": "{number} hours",
    "minutes": "{number} minutes",
    "months": "{number} months",
}
NEARLY_CERTAIN = "over 99.9%"
NEARLY_IMPOSSIBLE = "under 0.1%"
INTERVAL_ENDS = "{low} to {high}"
DAY = "1 day"
P_TINY = "p < {least}"
P_VALUE = "p = {p}"
Q_TINY = "q < {least}"
Q_VALUE = "q = {p}"
# With a symbol, and with a code where the currency has none.
MONEY = ("{symbol}{number}", "{number} {code}")
NO_CHANGE = "no change"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_OF_YEAR = "{month} {year}"
DAY_OF_MONTH = "{day} {month} {year}"
INSTANT = "{day} {month} {year} {time} UTC"

# What the warehouse says, in other words: names of metrics by their id, and names and reasons as they are published.
METRICS: dict[str, str] = {}
PUBLISHED: dict[str, str] = {
    "crm": "CRM",
    "email": "E-mail",
    "ivr": "IVR",
    "sms": "SMS",
    "it starts after as_of": "it starts after the data end",
    "no customer has churned_at on record": "no customer's end of contract is on record",
}

# Board
BOARD_TITLE = "Board"
BOARD_QUESTION = "Does what we do for customers pay, do we keep our word, and what comes first?"
PERIOD = "Period"
PERIODS = {"last_12_months": "Last 12 months", "all": "All months"}

# The questions of the Board: each is answered by a page, whose own sentence stands here.
ANSWERS = {
    "promises": "Are we keeping our word?",
    "expectations": "Where is the gap, in what we say or in what we do?",
    "cost": "What does a miss cost?",
    "roi": "What should be fixed first?",
    "initiatives": "What did our last initiatives return, and how sure are we?",
    "trust": "Can I trust this?",
}
CANNOT_SAY = "This cannot be said"
ANSWER_LINK = "See why"

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
NEXT_HOLD = "none of the measures on the cards is short of its target; look again at the next publication."
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
INTERVAL_WORDS = "{ends} (95% interval)"
ALTERNATIVE = " or "
INTERVAL_LABEL = "95% interval"
CONTROL_LABEL = "Control limits"
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
PROMISES_AXIS = "Axis from {low} to {high}."
PROMISES_MONTH = "Month the promise was due"
PROMISES_NOTE = (
    "Line: share kept. Band: 95% interval, which ignores that one customer can have several promises. "
    "Judged on the first promise made."
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
TOOLTIP = {
    "month": "Month",
    "value": "Value",
    "count": "n",
    "status": "Status",
    "series": "Curve",
}

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
DOWNLOAD_MONTHS = "Measures by month (CSV)"

# Footer
FOOTER_VERSION = "Version {version}, published {published}"
FOOTER_AS_OF = "as of {as_of}"
FOOTER_CHECKS = "{passed} of {all} checks passed"
FOOTER_CHECKS_NONE = "no checks on record"
FOOTER_CURRENCY = "amounts in {currency}"
FOOTER_WITHHELD = "Withheld: {withheld}."
FOOTER_NOTHING_WITHHELD = "No measure is withheld."

# States
APP_TITLE = "Customer experience"
LOADING = "Reading what is published"
NOTHING_PUBLISHED_HEADING = "There is nothing to show yet"
NOTHING_PUBLISHED_HINT = "This page shows itself as soon as a version is published; no restart is needed."
LAST_GOOD = "The newest publication cannot be read, so this page stays on version {version}. {reason}"
NEW_VERSION = "A newer version was published; this page now shows it."
CANNOT_ANSWER = "This version lacks something that the page needs. {reason} Run `cx run` to publish it anew."
PAGE_FAILED = "This page could not be drawn. The server's log says why. Nothing that is published was changed."

# All pages
SOURCE_TABLE = "{system}: {table}"
SOURCE_OF = "{table} ({system})"
SOURCE_MISSING = "no data was loaded on {tables}"
FILTER = {"segment": "Segment", "region": "Region", "service_level": "Service level", "lane": "Lane"}
FILTER_ALL = {
    "segment": "all segments",
    "region": "all regions",
    "service_level": "all service levels",
    "lane": "all lanes",
}
MONTH = "Month"
YES_NO = {True: "yes", False: "no", None: "unknown"}
GRADE = "evidence grade {grade}"
BETWEEN_95 = "95% interval {ends}"
NO_ROWS = "Nothing is published for this choice."
WHY_NOT = "Not shown, {reason}: {names}"
NEEDS = "about {count} observations would be needed"
MORE_ROWS = "The first {shown} of {all} rows; the download holds every one."
MONTH_HEADING = "{name}: {value} in {month}"
LINE_NOTE = "Line: value."
BAND_NOTE = "Band: 95% interval."
RUNNING_NOTE = "Hollow point: a month still running."
DAYS = "{days} days"
VERSUS = " ↔ "
QUOTED = "“{text}”"
DOWNLOADS = {
    "promises": "Promises by month (CSV)",
    "promises_by_touchpoint": "Promises by touchpoint (CSV)",
    "causes": "Causes (CSV)",
    "planner": "This plan (CSV)",
    "planner_lanes": "All lanes at 95% (CSV)",
    "message_defects": "Defects (CSV)",
    "prevalence": "Gaps of this period (CSV)",
    "prevalence_months": "Gaps by month (CSV)",
    "zones": "Zones of tolerance (CSV)",
    "patience": "Patience by minute (CSV)",
    "coverage": "Coverage (CSV)",
    "gap_split": "Gap split (CSV)",
    "spread": "Stated expectations (CSV)",
    "response_curve": "Response to gaps (CSV)",
    "cost_of_miss": "Cost of a miss (CSV)",
    "contacts": "Contacts by reason (CSV)",
    "contacts_by_month": "Contacts by month (CSV)",
    "quality": "Cost of quality (CSV)",
    "quality_by_month": "Cost of quality by month (CSV)",
    "whale": "Whale curve (CSV)",
    "cost_to_serve": "Tenths of customers (CSV)",
    "priorities": "Touchpoints (CSV)",
    "missed": "Promises missed there in 12 months (CSV)",
    "disappointed": "Pairs of answers there in 12 months (CSV)",
    "effects": "Effects (CSV)",
    "margin_effects": "Effects on margin (CSV)",
    "slopes": "Worth of a point (CSV)",
    "goals": "Goals (CSV)",
    "goal_months": "Goals by month (CSV)",
    "survival": "Curves (CSV)",
    "gap_retention": "Comparisons (CSV)",
    "cohorts": "Cohorts (CSV)",
    "forgiveness": "Pace by span (CSV)",
    "recovery": "Amends (CSV)",
    "estimates": "Estimates (CSV)",
    "dose": "By days of gap (CSV)",
    "queue": "Queue (CSV)",
    "lost": "Silent since a miss (CSV)",
    "hazards": "Paces (CSV)",
    "accounts": "Accounts (CSV)",
    "signals": "Signals (CSV)",
    "watched": "Every series, last complete month (CSV)",
    "signal_months": "This control chart (CSV)",
    "drivers": "Drivers (CSV)",
    "maturity": "Maturity (CSV)",
    "demands": "Evidence (CSV)",
    "proposals": "Proposals (CSV)",
    "ledger": "Ledger (CSV)",
    "waterfall": "Waterfall (CSV)",
    "cash": "This initiative by month (CSV)",
    "tornado": "Assumptions (CSV)",
    "metric_trust": "Measures (CSV)",
    "load_audit": "Loads (CSV)",
    "source_freshness": "Freshness of sources (CSV)",
    "reconciliation": "Totals (CSV)",
    "restatements": "Numbers that changed (CSV)",
    "rejects": "Rejected rows (CSV)",
}

# Page: Promises
PROMISES_TITLE = "Promises"
PROMISES_QUESTION = "Do we keep our word, why not, and what can we promise?"
PROMISES_KEPT = {
    "below": "We keep {value} of our promises, clearly below the {target} we aim for",
    "across": "We keep {value} of our promises, too close to the {target} we aim for to call",
    "above": "We keep {value} of our promises, clearly above the {target} we aim for",
}
PROMISES_KEPT_ONLY = "We keep {value} of our promises"
PROMISES_NO_ROW = "No promise is published for this choice"
PROMISES_WITHHELD_TITLE = "Whether we keep our promises cannot be said"
PROMISES_SURE = "{due} first promises that have come due"
PROMISES_UNKNOWN = "beside them {count} of which nobody can tell, counted as neither kept nor missed"
PROMISES_STEP = "take on {cause} first: of the missed orders it is behind {share}{scope}, and it is in our hands."
PROMISES_STEP_TIE = "take on {cause} first: of the missed orders each is behind {share}{scope}, and in our hands."
PROMISES_OVER_ALL = " over all segments, regions and service levels"
PROMISES_STEP_NO_CAUSE = "record why orders are missed: none of the {missed} has a cause on record."
PROMISES_STEP_OUTSIDE = (
    "look at what the {missed} missed orders have in common: none has a cause on record that is known to be in our "
    "hands; of {unattributed} there is none on record."
)
PROMISES_STEP_UNKNOWN = "which cause to take on first cannot be said: {reason}."
TAB_WORD = "Do we keep it?"
TAB_PADDING = "Speed or padding?"
TAB_CAUSES = "Why not?"
TAB_PLANNER = "What can we promise?"
TAB_MESSAGES = "What do we say?"
KEPT = "Promises kept"
MISSED = "Promises missed"
OTIF = "On time and in full"
OTIF_NOTE = "Deliveries only, counted jointly per order: never a product of two rates."
UNKNOWN = "Unknown"
UNKNOWN_NOTE = "Nobody can tell how they went; in no rate."
UNKNOWN_NO_PROMISE = "Nobody can tell how they went; {count} of them had no promise on record. In no rate."
TOUCHPOINT_COLUMNS = ("Touchpoint", "Kept and 95% interval", "Due", "Missed", "Unknown")
TOUCHPOINT_ALT = "Promises kept by touchpoint with interval, number due, missed and unknown."
PROMISED_DAYS = "Days promised, on average"
PROMISED_DAYS_NOTE = (
    "Longer promises are kept more easily: read both charts together. A rise here and no rise there is padding."
)
GAP_DAYS = "Days ahead of the promise, on average"
GAP_DAYS_NOTE = "Promised minus actual, of what was delivered: above 0 is sooner than promised. Band: 95% interval."
FIRST_PROMISE = "First promise, the one we are held to"
LAST_PROMISE = "Last promise, after every change"
VERSIONS_COLUMNS = ("Judged on", "Kept and 95% interval", "Due", "Days promised", "Days ahead of the promise")
VERSIONS_ALT = "Promises kept, judged on the first and on the last promise."
CONTROLLABLE = "Misses in our hands"
UNATTRIBUTED = "Misses without a cause"
UNATTRIBUTED_NOTE = "Nobody wrote down why."
MISSES = "Orders missed"
MISSES_NOTE = "By the first promise, over all segments and regions; no cause is asked of promises on contacts."
IN_HAND = "in our hands"
OUT_OF_HAND = "outside our hands"
NO_MISSES = "no missed order is on record for this period"
CAUSES_HEADING = "{cause} is behind {share} of the missed orders"
CAUSES_HEADING_NONE = "Why orders are missed"
CAUSES_ALT = "Share of the missed orders by cause: {parts}."
CAUSES_NOTE = "Red: in our hands. Grey: outside them, or nobody knows. Whisker: 95% interval."
CAUSES_COLUMNS = ("Cause", "Share of missed orders and 95% interval", "Orders missed", "Whose")
CAUSES_TABLE_ALT = "Causes of missed orders with share, number and whether the firm controls them."
LEVEL = "{level} in time"
# By what the days count from.
PLANNER_HEADING = {
    "after_order": "To keep {level} of our promises, say {days}",
    "after_schedule": "To keep {level} of our promises, allow {days} behind the timetable",
}
PLANNER_HEADING_NONE = "What can be promised"
PLANNER_ALT = "Days that can be promised so that this share of orders comes in time: {parts}."
PLANNER_NOTE = {
    "after_order": "Days from order to delivery, read from recent orders; those still open do not flatter it.",
    "after_schedule": "Days behind the instant promised, read from recent orders; those still open do not flatter it.",
}
PLANNER_LEVEL = {"after_order": "{level}", "after_schedule": "{level}, behind the timetable"}
BACKTEST_HEADING = "Would it have held? Judged on what followed"
BACKTEST_ALT = "Share of later orders that came within the days planned before them: {parts}."
BACKTEST_NOTE = "Week by week the plan is made on the past and judged on what followed. Tick: the level aimed for."
NO_PLAN = "no delivery that a plan could rest on is published"
NO_BACKTEST = "too few orders followed a plan to judge it"
PLANNER_COLUMNS = (
    "In time",
    "Promise",
    "Late per 1,000 (95%)",
    "With a day less",
    "With a day more",
    "Deliveries",
)
PLANNER_TABLE_ALT = (
    "For each level: days to promise, orders late per thousand, and the same with a day less and a day more."
)
PLANNER_LANES = (
    "At {level}, {unsupported} of {lanes} lanes have too few deliveries of their own and borrow those of their region "
    "or of all lanes. Left out because they were cancelled: {cancelled}."
)
NOT_SUPPORTED = "Not shown: {reason}"
FROM_POOL = "{days}, from {place}"
DEFECTS = {
    "contradiction": "contradiction",
    "untrue": "untrue",
    "stale": "stale",
    "missing": "missing",
    "unaudited": "never audited",
}
DEFECT_COUNTS = {
    "contradiction": "{count} in contradiction",
    "untrue": "{count} untrue",
    "missing": "{count} missing",
    "stale": "{count} stale",
    "unaudited": "{count} never audited",
}
DEFECTS_HEADING = "Of what we tell customers today: {parts}"
DEFECTS_NONE = "Nothing is wrong with what we tell customers today"
DEFECTS_UNKNOWN = "Whether anything is wrong with what we tell customers cannot be said"
DEFECTS_ALT = "Orders placed while the message was in force: {parts}."
DEFECTS_NOTE = "Orders placed under each message that is wrong today. Red: severe. The table names wording and owner."
DEFECTS_MISSING = "no defect of a message in force that an order was placed under"
UNTRUE_HEADING = "How often reality keeps what is said"
UNTRUE_ALT = "Share of cases in which reality kept the message: {parts}."
UNTRUE_NOTE = "Point: share kept, with its 95% interval. Tick: the level required."
UNTRUE_NONE = "no message in force is contradicted by what happens"
DEFECTS_COLUMNS = ("What is wrong", "Orders under it", "What customers read", "Where", "Owner")
DEFECTS_TABLE_ALT = "Defects of messages with wording, channels, orders placed under them and owner."
DEFECT = "{kind}: {place}"
DEFECT_OPEN = "today"
DEFECT_ENDED = "ended"
DEFECT_KIND = "{kind} ({state}): {touchpoint}"
DEFECT_KEPT = " kept {kept}, required {required}"
GAP_CHANGE = ("Gap against the period before", "Above 0: further ahead of the promise; the two beside it make it up.")
PROMISED_CHANGE = ("Padding: days promised more", "Above 0: we promise less, which is easily kept.")
TAKEN_CHANGE = ("Speed: days taken more", "Below 0: we are faster.")
INFLATION = ("Kept more by promising anew", "Kept on the last promise minus kept on the first.")
NO_PREVIOUS = "there is no period before it to compare with"

# Page: Expectations
EXPECTATIONS_TITLE = "Expectations"
EXPECTATIONS_QUESTION = "How far do we fall short of what customers expect, in what we say or in what we do?"
EXPECTATIONS_SHORT = "{share} of customers got less than they were led to expect"
EXPECTATIONS_SHORT_SILENT = (
    "{share} of customers got less than they were led to expect, and after {silent} of such orders nobody said a word"
)
EXPECTATIONS_WITHHELD = "How many customers fall short of what they expect cannot be said"
EXPECTATIONS_STEP = "start with {item}, where experience falls furthest short of expectation."
EXPECTATIONS_STEP_ASK = "ask customers what they expect before asking how it was; no item falls clearly short yet."
CUSTOMERS = "{count} customers"
TAB_GAP = "Said or done?"
TAB_SPREAD = "How far apart?"
TAB_RESPONSE = "What follows a gap"
GAP_PARTS = {"message": "In what we say", "delivery": "In what we do", "total": "Both together"}
GAP_LEVELS = {"expected": "Expected", "promised": "Promised", "actual": "Took"}
GAP_MEANS = {
    "message": "Expected minus promised: below 0 we promise later than customers expect.",
    "delivery": "Promised minus actual: below 0 we come later than promised.",
    "total": "Expected minus actual: the sum of the two.",
}
# Whether the gap in what is said, and that in what is done, lies wholly below 0.
GAP_ANSWER = {
    (True, False): "The gap is in what we say: {said}, while {done}",
    (False, True): "The gap is in what we do: {done}, while {said}",
    (True, True): "The gap is in both: {said}, and {done}",
    (False, False): "On average customers do not get less than they expect, as far as can be told: {said}, and {done}",
}
GAP_ANSWER_TOTAL = (
    "Customers get it {days} later than they expect, and it cannot be told in what the gap is: {said}, and {done}"
)
GAP_SAID = {
    "below": "we promise {days} later than customers expect",
    "above": "we promise {days} sooner than customers expect",
    "across": "what we promise cannot be told from what customers expect",
}
GAP_DONE = {
    "below": "we come {days} later than promised",
    "above": "we come {days} sooner than promised",
    "across": "when we come cannot be told from what we promise",
}
GAP_STEP = {
    (True, False): "say it better before doing it faster: promise what customers expect, where we already keep it.",
    (False, True): "do what we say: repair the largest reason for misses on the page Promises.",
    (True, True): "do what we say first, and say it better then.",
    (False, False): None,
}
GAP_SURE = "95% intervals: said {said}, done {done}"
GAP_EVENTS = "{count} orders and contacts of which both sides are known"
GAP_EVEN_SO = "an average hides that {share} of customers got less than they were led to expect"
GAP_EVEN_SO_OVER_ALL = "over all segments {share} of customers got less than they were led to expect"
SOME_DAYS = "some days"
GAP_HEADING = "{dimension}: the gap in days, in what we say and in what we do"
GAP_HEADING_NONE = "The gap in what we say and in what we do"
GAP_NOTE = (
    "Left of the line: worse than expected. The first two add up to the third, over the same orders and contacts."
)
LEVELS_HEADING = "Expected, promised, and how long it took"
LEVELS_ALT = "Mean days: {parts}."
LEVELS_NOTE = "Mean days of the same orders and contacts. Whisker: 95% interval."
SPLIT_COLUMNS = ("Waited for", "In what we say", "In what we do", "Both together", "Both sides known", "All")
SPLIT_ALT = "Gap in what was said and in what was done by what was waited for, with intervals."
SPREAD_HEADINGS = ("What customers want, on 0–100", "How many days customers expect")
SPREAD_POINT = "{item}: half expect up to {p50}, from {p10} to {p90}"
SPREAD_NOTE = "Point: the median of what customers state. Line: from the lowest to the highest tenth, not an interval."
SPREAD_ALT = "Stated expectations: {parts}."
NO_STATED = "nobody stated an expectation"
SPREAD_COLUMNS = ("Touchpoint and item", "Median (95%)", "Spread (95%)", "Drift (95%)", "Drifts?", "Answers")
SPREAD_TABLE_ALT = "Stated expectations with median, standard deviation and drift against the year before."
DRIFT = {"stable": "stable", "moderate": "somewhat", "large": "much", "unclear": "cannot be told"}
RESPONSES = {
    "response_csat": "Satisfied customers",
    "response_nps": "Net promoter score",
    "response_repeat": "Ordered again within 90 days",
    "response_contact": "Orders with a contact",
}
RESPONSE_HEADING = "{name}, by days ahead of the promise"
LOSS_HEADING = "{name}: a day late weighs {ratio} times a day early"
RESPONSE_ALT = "{name} by gap to the promise in days: {parts}."
RESPONSE_NOTE = "Gap of the first promise in days. A plain comparison (grade D), not a proof of the reason."
NO_RESPONSE = "no answer or order follows a gap that is known"
RESPONSE_COLUMNS = (
    "What follows",
    "Change per day less late (95%)",
    "Change per day more early (95%)",
    "Late ÷ early (95%)",
    "n",
)
RESPONSE_TABLE_ALT = "Slope of each response below and above a gap of 0, in points of its scale, and their ratio."
TAB_PREVALENCE = "How widespread?"
TAB_ZONES = "Zones of tolerance"
TAB_PATIENCE = "Patience"
TAB_COVERAGE = "What we do not know"
NEGATIVE_CUSTOMERS = "Customers with a negative gap"
NEGATIVE_ORDERS = "Orders with a negative gap"
SILENT = "Silent after a negative gap"
GREAT = "Journeys without a negative gap"
PREVALENCE_COLUMNS = ("Measure", "Share and 95% interval", "Of them", "n", "Unknown")
PREVALENCE_ALT = "How widespread negative gaps are, with interval, counts and what is unknown."
ZONES_HEADING = "{item}: {gap} against what was expected"
ZONES_TIMES_HEADING = "{item}: {gap} against what was expected"
ZONES_NONE = "Expected and experienced"
ZONES_NOTE = (
    "◆ expected, ● experienced, on 0–100; grey bar: the zone of tolerance, from what would just do to what was "
    "expected. Coloured where the 95% interval of the gap holds no 0."
)
ZONES_TIMES_NOTE = "◆ expected, ● experienced; here less is better, and the number is expected minus experienced."
ZONES_ALT = "Expected against experienced: {parts}."
ZONE = "{item}: expected {expected}, experienced {experienced}, gap {gap}"
NO_ZONES = "nobody was asked both what they expected and how it was"
ZONES_COLUMNS = ("Touchpoint and item", "Gap and 95% interval", "Below", "Inside", "Above", "Pairs")
ZONES_WHY = "of what would just do {reason}"
ZONES_TABLE_ALT = (
    "Gap between experience and expectation, and the shares below, inside and above the zone of tolerance."
)
PATIENCE_HEADING = "Half of those who wait would give up within {minutes}"
PATIENCE_NAME = "How long customers wait before they give up"
PATIENCE_AXIS = "Minutes waited"
PATIENCE_ALT = "Share that would still wait by minutes waited, with 95% bands, for {channels}."
PATIENCE_NOTE = (
    "Share that would still wait if nobody were answered (Kaplan–Meier): whoever was served might have waited longer. "
    "Band: 95%. A curve ends where fewer than 10 still wait. Tense to gone: minutes by which the shares that the "
    "assumptions set would have given up."
)
NO_WAITS = "no wait is on record"
NO_MEDIAN = "fewer than half had given up where the curve ends"
MINUTE = "minute {minute}: {rate}, {risk} still waiting"
ALL_CHANNELS = "All channels"
PATIENCE_COLUMNS = (
    "Channel",
    "Median patience, minutes (95%)",
    "Tense",
    "Agitated",
    "Angry",
    "Gone",
    "Waits",
    "Still waiting at minute",
)
PATIENCE_TABLE_ALT = (
    "Patience by channel: median, minutes until customers are tense, agitated, angry and gone, and at risk."
)
COVERAGE_HEADING = "Both sides are known of {both} of {all} kinds of touchpoints"
COVERAGE_COLUMNS = ("Kind", "Interactions", "How it was", "What was expected", "Both", "Pairs of answers")
COVERAGE_ALT = "Kinds of touchpoints with whether experience and expectation are known."

# Page: Retention
RETENTION_TITLE = "Retention"
RETENTION_QUESTION = "What does a missed promise do to buying again, and does it pass?"
RETENTION_ANSWER = {
    "below": "After {miss} {size} fewer customers come back within {days} days",
    "across": "Whether {miss} keeps customers from coming back within {days} days: not enough evidence",
    "above": "After {miss} {size} more customers come back within {days} days",
}
MISSED_PROMISE = {"first_order": "a missed first promise", "every_order": "a missed promise"}
GRADED = "evidence grade {grade}, {words}"
GRADES_ARE = "Evidence grades: {grades}."
GRADES = {
    "A": "an experiment",
    "B": "a comparison that nature or a roll-out made",
    "C": "adjusted for what was known, no proof of the reason",
    "D": "a plain comparison, no proof of the reason",
    "E": "an assumption",
}
RETENTION_WITHHELD = "What a missed promise does to buying again cannot be said"
RETENTION_SURE = "{count} orders after a miss"
RETENTION_STEP = "win back those who were missed and still silent, the most valuable first."
RETENTION_STEP_UNSURE = "wait for more orders to be followed before acting on it."
TAB_CURVES = "After a miss"
TAB_FORGIVEN = "Is it forgiven?"
TAB_COHORTS = "Cohorts"
TAB_EVIDENCE = "How strong is the evidence?"
CURVE = {"kept": "Promise kept", "missed": "Promise missed"}
CURVES_HEADING = "Not yet ordered again, by how the first order went"
# By where the curve after a miss ends: not yet back.
CURVES_DIFFER = {
    "above": "After a miss customers come back more slowly",
    "across": "After a miss customers come back at another pace",
    "below": "After a miss customers come back sooner",
}
CURVES_ALIKE = "The curves differ by no more than chance would have it"
CURVES_AXIS = "Days since the customer knew how it went"
CURVES_NOTE = "Share not yet ordered again (Kaplan–Meier), first orders only. Band: 95%. Lower is better."
CURVES_TEST = "Log-rank χ² = {chi}, {p}."
CURVES_ALT = (
    "Share of customers who have not yet ordered again by days since the first order was settled. At the end: {parts}."
)
DAY_POINT = "day {day}: {rate}, {risk} still followed"
AT_RISK = "Still followed and not yet back"
ON_DAY = "Day {day}"
AT_RISK_ALT = "Customers at risk by day, after a kept and after a missed promise."
CAME_BACK = "Came back within {days} days, {outcome}"
CAME_BACK_NAME = "Came back"
FORGIVEN = {
    "below": "Not forgiven: after {days} days fewer still have come back",
    "across": "After {days} days no difference can be told any more",
    "never": "Within {days} days no difference can be told",
    "above": "After {days} days more have come back",
}
FORGIVEN_UNKNOWN = "Whether a miss is forgiven cannot be said yet"
FORGIVEN_NOTE = "Rate after a missed promise minus rate after a kept one, in percentage points. Line: no difference."
HORIZON = "within {days} days"
FOREST_ALT = "Differences with their 95% intervals: {parts}."
COMPARISON_COLUMNS = (
    "Horizon",
    "Difference and 95% interval",
    "Ratio and 95% interval",
    "Orders",
    "Needed",
    "Not yet followed",
)
NEEDED_NOTE = "Needed: orders at which 80 of 100 such comparisons would find a difference that cannot be told yet."
COMPARISON_ALT = "Difference and ratio of coming back after a missed and after a kept promise, by horizon."
COHORTS_HEADING = "Three months on, {rate} of customers order in the month"
COHORTS_NAME = "Orders again by month of the first order"
COHORTS_AXIS = "Months since the first order"
COHORTS_NOTE = "Share of each month's new customers who ordered in the month. Intervals: below, all months together."
COHORTS_ALT = "Share of new customers who order again by months since, for those of {first} to {last}."
COHORT_CELL = "{month}, {since} months on: {rate}"
COHORTS_COLUMNS = ("Months since", "Ordered in the month and 95% interval", "Customers", "Ordered")
COHORTS_TABLE_ALT = "All cohorts together: share that ordered by months since the first order."
EVIDENCE_HEADING = "The same question asked in different ways, within {days} days"
EVIDENCE_NOTE = (
    "Each row is one way of estimating the difference that a miss makes, with its grade: A an experiment, B a "
    "comparison that nature or a roll-out made, C adjusted for what was known, D plain, E an assumption. Below B "
    "nothing is shown to be the reason."
)
TAB_QUEUE = "Whom to call"
DOSE_NAME = "Came back within {days} days, by days ahead of the promise"
DOSE_TREND = "The later it came, the fewer come back within {days} days"
DOSE_OTHER_TREND = "The later it came, the more come back within {days} days"
DOSE_NONE = "How late it came makes no difference that can be told within {days} days"
DOSE_NOTE = "First orders, by gap to the first promise in days. Trend over all: {p}. A plain comparison (grade D)."
QUEUE_HEADING = "{count} customers were missed lately, have no amends and are not back"
QUEUE_HEADING_ONE = "1 customer was missed lately, has no amends and is not back"
QUEUE_MANY = "{count} customers or more were missed lately, have no amends and are not back"
QUEUE_UNKNOWN = "Missed lately and not back: {count}; whether they have amends is not known"
QUEUE_REST = "They come first, with those whose amends are not known yet; below are those who have amends or are back."
QUEUE_NONE = "No customer on record was missed lately"
NOBODY_UNKNOWN = "Whether anybody was missed cannot be said: {reason}"
HELPS = {
    "amends": "What is known to help: amends, {gap} more come back within {days} days.",
    "not_amends": "Amends are not known to help: {gap} within {days} days.",
    "not_known": "Whether amends help is not known.",
}
QUEUE_COLUMNS = ("Place", "Customer", "Margin so far", "Days since", "Cause", "Orders", "Amends", "In touch", "Back")
QUEUE_ALT = "Customers missed lately with margin so far and what has happened since."
ESTIMATES = {
    "plain": "Plain",
    "km_difference": "Censored",
    "adjusted": "Adjusted",
    "outside_cause": "Outside cause",
}
EVIDENCE_COLUMNS = ("Estimate", "Difference and 95% interval", "Grade", "Misses", "Needed", "q-value")
HAZARDS = {
    "below": "After a missed first promise customers come back at {pace} of the pace of others",
    "across": "Whether customers come back more slowly after a missed first promise: not enough evidence",
    "above": "After a missed first promise customers come back at {pace} times the pace of others",
}
HAZARDS_NOTE = (
    "First orders. Pace of coming back ÷ that after a kept promise, over all that was followed (Cox); of amends also ÷ "
    "that without. Tick: 1, no difference."
)
HAZARD_MARKS = {
    "missed_and_kept": "Missed",
    "outside_cause_and_kept": "Outside cause",
    "compensated_and_kept": "Missed, amends",
    "uncompensated_and_kept": "Missed, no amends",
    "compensated_and_uncompensated": "Amends ÷ no amends",
}
HAZARD_KINDS = {
    "missed_and_kept": "Missed against kept",
    "outside_cause_and_kept": "Outside cause against kept",
    "compensated_and_uncompensated": "Amends against no amends",
    "compensated_and_kept": "Amends against kept",
    "uncompensated_and_kept": "No amends against kept",
}
HAZARDS_COLUMNS = ("Compared", "Pace and 95% interval", "Grade", "Orders", "Against", "q-value")
HAZARDS_ALT = "Pace of coming back with its interval, evidence grade and number of orders."
TAB_LOST = "Whom did it lose?"
LOST = "{count} customers are silent since a miss, for longer than is usual"
LOST_ONE = "1 customer is silent since a miss, for longer than is usual"
LOST_MANY = "{count} customers or more are silent since a miss, for longer than is usual"
LOST_NONE = "Nobody is known to be silent since a miss for longer than is usual"
LOST_NOTE = (
    "Usual: by then most customers like them are back after a kept promise; the download says which share. These are "
    "observed and no estimates, so they have no interval."
)
LOST_MOST = "Whoever left most left {amount} of margin a month."
LOST_COLUMNS = (
    "Customer",
    "Segment",
    "Margin a month",
    "Margin so far",
    "Days silent",
    "Usual days",
    "Orders",
    "Amends",
    "In touch",
)
LOST_ALT = "Customers silent since a miss for longer than is usual, with margin so far and what has happened since."
TAB_ACCOUNTS = "Accounts that end"
ACCOUNTS_HEADING = "Accounts still there, by how the first order went"
ACCOUNTS_DIFFER = "Accounts end at another pace where the first promise was missed"
ACCOUNTS_AGE = "Accounts still there, by their age"
ACCOUNTS_NOTE = "Share of accounts not ended (Kaplan–Meier). Band: 95%. Ends where under 10 are left."
ACCOUNTS_AXIS = {"landmark": "Days since the first order was settled", "acquired": "Days since the account began"}
ACCOUNTS_ALT = "Share of accounts still there. At the end: {parts}."
ACCOUNTS = {"kept": "Promise kept", "missed": "Promise missed", "all": "All accounts"}
ACCOUNTS_COLUMNS = ("Accounts", "Counted from", "Customers", "Ended", "Ended before", "Start unknown")
ACCOUNTS_TABLE_ALT = "Accounts by how the first order went: number, ended, ended before, start unknown."
TAB_RECOVERY = "Do amends help?"
SPAN = "day {start} to {end}"
PACE_NAME = "Pace of coming back after a miss"
PACE = {
    "lasting": "Lasting: slower to come back after {days} days, too",
    "forgiven": "Forgiven after {days} days",
    "not_enough_evidence": "Whether it lasts beyond {days} days: not enough evidence",
}
PACE_NOTE = "Pace after a missed promise ÷ after a kept one, among those not yet back. Tick: 1, no difference. Grade C."
AMENDS_NAME = "Missed and compensated against missed and not"
AMENDS_HEADING = {
    "above": "Amends go with more coming back: {gap} within {days} days",
    "across": "Whether amends help cannot be told: {gap} within {days} days",
    "below": "Amends do not go with more coming back: {gap} within {days} days",
}
AMENDS = {
    "compensated_and_uncompensated": "Amends against no amends",
    "compensated_and_kept": "Amends against kept",
    "uncompensated_and_kept": "No amends against kept",
}
AMENDS_NOTE = (
    "Difference in coming back, like against like (grade C); who gets amends may differ in what nobody wrote down."
)
AMENDS_COLUMNS = (
    "First against second",
    "Difference (95%)",
    "First",
    "Second",
    "First, orders",
    "Second, orders",
    "Needed",
)
AMENDS_WITHIN = "{name}, {horizon}"
AMENDS_ALT = "Coming back after a miss with and without amends, and after a kept promise."
INDEX_KINDS = {"first_order": "first orders", "every_order": "every order"}
WITH_GRADE = "{name} ({grade})"

# Page: Cost
COST_TITLE = "Cost"
COST_QUESTION = "What does a missed promise cost us, and how much work exists only because something went wrong?"
COST_ANSWER = {
    "above": "A missed promise costs {amount} more than a kept one",
    "across": "A missed promise costs {amount} more than a kept one, which chance alone could make",
    "below": "A missed promise costs {amount} more than a kept one",
    "less": "A missed promise costs {amount} less than a kept one",
    "less_across": "A missed promise costs {amount} less than a kept one, which chance alone could make",
}
COST_WITHHELD = "What a missed promise costs cannot be said"
COST_SURE = "{count} missed orders against kept ones like them"
COST_MONTH = "{amount} in an average month"
COST_STEP = "begin with {component}, the largest part of it."
COST_STEP_MISSES = "miss fewer promises; no part of the cost stands out."
TAB_MISS = "A miss"
TAB_FAILURE = "Contacts"
COMPONENTS = {
    "extra_contacts": "Extra contacts per miss",
    "contact_cost": "Contacts",
    "refunds": "Refunds",
    "credits": "Credits",
    "returns": "Returns",
    "reshipments": "Reshipments",
    "lost_margin": "Lost margin",
    "total": "A miss in all",
}
MISS_NAME = "A missed promise"
MISS_MONTH = "All misses in an average month"
MISS_TILE_NOTE = "More than a kept order like it."
MISS_HEADING = "From contacts to lost margin: {amount} a miss"
MISS_ALT = "What a missed promise costs more than a kept one: {parts}."
MISS_NOTE = "Per missed order, against kept orders of the same segment, region, service level and month. Whisker: 95%."
MISS_COLUMNS = ("Part", "Per miss and 95% interval", "In an average month (95%)", "Misses compared", "Without a match")
MISS_TABLE_ALT = "Parts of the cost of a missed promise, per miss and per month, with intervals and counts."
FAILURE = "Failure demand"
FAILURE_BOUNDS = "From {low} to {high} of all contacts, as the {count} unclassified fall."
PER_1000 = "Contacts per 1,000 orders"
PER_CONTACT = "Cost per contact"
MARGINAL = "What one contact more costs"
MARGINAL_NOTE = "An assumed share of the full cost (grade E)."
FAILURE_KIND = {"yes": "failure", "no": "value", "unknown": "unclassified"}
CONTACTS_COLUMNS = ("Reason", "Demand", "Contacts", "Minutes per contact (95%)", "Cost per contact (95%)")
CONTACTS_ALT = "Contacts by reason with kind of demand, number, minutes and cost."
TAB_QUALITY = "Cost of quality"
TAB_WHALE = "Which customers"
QUALITY = "Cost of quality"
OF_REVENUE = "Of revenue"
PER_1000_ORDERS = "Per 1,000 orders"
LOST_MARGIN = "Lost margin beside it"
A_SUM = "A sum of what is on record, so without an interval."
LOST_MARGIN_NOTE = "Missed orders × what one loses; in no sum."
CLASSES = {
    "prevention": "Prevention",
    "appraisal": "Appraisal",
    "internal_failure": "Internal failure",
    "external_failure": "External failure",
    "all": "All classes",
}
QUALITY_HEADING = "{amount} in all, class by class"
QUALITY_ALT = "Cost of quality by class: {parts}."
QUALITY_NOTE = "Blue: spent so that things go well. Red: spent because they did not."
QUALITY_COLUMNS = ("Class", "Amount", "Of revenue", "Items", "Without an amount", "What is in it")
QUALITY_TABLE_ALT = "Cost of quality by class with share of revenue, items and what is in it."
WHALE_NAME = "Net by customer, the highest first"
WHALE_HEADING = "The best {percent}% of customers bring {rate} of the net; the others take back what is above 100%"
WHALE_AXIS = "Customers, the highest net first"
WHALE_ALT = "Cumulative net by share of customers. Highest: {last}."
WHALE_NOTE = "Margin less shipping, contacts and adjustments, added up over customers. Dashed: the net of all."
WHALE_POINT = "{percent}% of customers: {rate} of the net"
DECILE = "Tenth {number}"
ROW_KINDS = {
    "unknown": "Net not known",
    "guests": "Guests",
    "nobody": "Nobody's contacts",
    "all": "All",
    "customer": "Customer",
}
SERVE_COLUMNS = ("Customers by net", "Net", "Customers", "Orders", "Margin", "Shipping", "Contacts", "Adjustments")
SERVE_ALT = "Tenths of customers by net with margin, cost to serve and net."

# Page: ROI
ROI_TITLE = "ROI"
ROI_QUESTION = "What should we fix first, what did fixing return, and how sure are we?"
# Whether it is so clear that the mart calls it the worst.
ROI_ANSWER = {
    True: "Fix {touchpoint} first: {amount} a month is at risk there",
    False: "Look at {touchpoint} first: {amount} a month is at risk there, not clearly more than elsewhere",
}
ROI_WITHHELD = "What to fix first cannot be said"
ROI_TOP_3 = "{chance} likely to be among the worst three"
ROI_CHANCES = "{count} chances to disappoint; {basis}"
COST_BASES = {
    "missed_orders": "of the cost of a miss {margin} is lost margin",
    "touchpoint": "counted in contacts and adjustments, without lost margin",
    "all": "counted in contacts and adjustments everywhere, without lost margin",
    None: "what a miss costs is not known",
}
ROI_NO_INITIATIVE = "no initiative is on record; write down what is tried, where and since when."
ROI_BEGIN = "begin with the {share} of its misses whose cause is in our hands."
ROI_BEGIN_NO_CAUSE = "find out why it disappoints: too few of its misses have a cause on record."
ROI_BEGIN_UNSURE = "watch it before acting; it is not clearly the worst."
ROI_STEP = {
    "effect": "go on with what changes what it aims at: {names}",
    "harm": "stop what makes worse what it aims at: {names}",
    "not enough evidence": "give more time or more customers to what cannot be told yet: {names}",
}
RETURNED = "Our last {count} initiatives: {parts}"
RETURNED_ONE = "Our last initiative: {parts}"
RETURNED_PARTS = {
    "gain": "{count} paid",
    "loss": "{count} lost money",
    "not enough evidence": "{count} cannot be told yet",
}
RETURNED_UNCLEAR = "Whether our last {count} initiatives paid cannot be told yet"
RETURNED_UNCLEAR_ONE = "Whether our last initiative paid cannot be told yet"
RETURNED_EACH = "{name}: net present value {worth}"
RETURNED_UNKNOWN = "{name}: not shown, {reason}"
VERDICTS = {"effect": "works", "harm": "harms", "not enough evidence": "not enough evidence"}
TAB_RETURN = "What did it return?"
TAB_ASSUMPTIONS = "What if we assume wrong?"
INITIATIVE = "Initiative"
STEPS = {"margin": "Margin gained", "saved": "Service cost saved", "cost": "Cost", "npv": "Net present value"}
WATERFALL_HEADING = "{initiative}: net present value {amount}"
WATERFALL_NAME = "From margin to net present value"
WATERFALL_NOTE = (
    "Present values over {months} months, in the worth of the month of the start. Whisker: 95% of the effect."
)
WATERFALL_ALT = "From margin gained and cost saved to the net present value: {parts}."
NPV_HEADING = "Net present value of each initiative"
NPV_NOTE = (
    "Blue: the interval is above 0. Grey: it holds 0, which is not enough evidence. Headline: grades A and B only."
)
LEDGER_COLUMNS = (
    "Initiative",
    "Net present value (95%)",
    "Return (95%)",
    "Payback",
    "Chance of a gain",
    "Grade",
    "Verdict",
)
LEDGER_ALT = "Initiatives with net present value, return, payback, chance of a gain, evidence grade and verdict."
LEDGER_VERDICTS = {"gain": "gain", "loss": "loss", "not enough evidence": "not enough evidence"}
STANDING_COLUMNS = (
    "Initiative",
    "State",
    "Cost, present value",
    "Effect a customer and month (95%)",
    "Effect to break even",
    "Discounted payback",
    "Internal rate of return a year",
)
STANDING_ALT = "Initiatives with state, cost, effect, the effect at which they break even, payback and rate of return."
STATES = {
    "proposed": "proposed",
    "approved": "approved",
    "running": "running",
    "measured": "measured",
    "finance_accepted": "accepted by finance",
}
CASH_COLUMNS = (
    "Month",
    "Present value",
    "Added up since the start",
    "Margin",
    "Service cost saved",
    "Cost",
    "How known",
)
CASH_ALT = "Month by month: margin gained, cost saved, cost, present value, and what has added up since the start."
CASH_KINDS = {True: "measured", False: "projected", None: DASH}
NEVER = "not within the horizon"
TORNADO_HEADING = "{assumption} moves the net present value most: {low} to {high}"
TORNADO_NAME = "What each assumption moves"
TORNADO_NOTE = "Net present value with one assumption at its low and its high end, the others at their base (tick)."
TORNADO_ALT = "Net present value by assumption at its low and high end: {parts}."
TORNADO_COLUMNS = ("Assumption", "Low end", "High end", "Value at the low end", "Value at the high end")
TORNADO_TABLE_ALT = "Assumptions with their ends and the net present value at each."
ASSUMPTIONS = {
    "discount_rate": "Discount rate",
    "horizon_months": "Horizon",
    "effect_persistence": "How long it lasts",
    "marginal_service_cost_share": "Marginal cost share",
    "effect": "The effect itself",
}
ASSUMPTION_UNITS = {
    "discount_rate": "share",
    "horizon_months": "months",
    "effect_persistence": "share",
    "marginal_service_cost_share": "share",
}
MONEY_ANSWER = {
    "above": "What we did for customers pays: {amount} in all",
    "below": "What we did for customers does not pay: {amount} in all",
    "across": "Whether what we did for customers pays cannot be told yet: {amount} in all",
}
MONEY_SURE = "net present value over {months} months, {count} initiatives of grade A or B"
MONEY_SURE_ONE = "net present value over {months} months, one initiative of grade A or B"
MONEY_BESIDE = "beside it, not in it: {count} initiatives of a grade below B, {amount}"
MONEY_BESIDE_ONE = "beside it, not in it: one initiative of a grade below B, {amount}"
MONEY_CHANCE = "{chance} likely to be a gain"
MONEY_RETURN = "return on what was spent {roi}"
TAB_WORST = "Worst first"
TAB_INITIATIVES = "Initiatives"
TAB_WHAT_IF = "What if?"
TAB_GOALS = "Goals"
WORST_HEADING = "{touchpoint}: {amount} a month at risk"
WORST_NAME = "Money at risk per month"
WORST_ALT = "Money at risk per month by touchpoint: {parts}."
WORST_NOTE = (
    "Chances per month × miss rate × cost of a miss. Red: the 95% interval is above 0; grey: it is not. Lost margin is "
    "known, and counted, of deliveries only."
)
RATES_HEADING = "How often each touchpoint disappoints"
RATES_ALT = "Miss rate by touchpoint, drawn towards the rate of all: {parts}."
RATES_NOTE = (
    "Drawn towards the rate of all (tick), the more the fewer its chances: else the smallest would always be worst."
)
WORST_COLUMNS = (
    "Touchpoint",
    "At risk a month (95%)",
    "A miss (95%)",
    "Of it lost margin",
    "Miss rate (95%)",
    "Among the worst three",
    "In our hands",
    "Verdict",
    "Grade",
    "Chances",
)
WORST_TABLE_ALT = "Touchpoints with money at risk, miss rate, probability to be among the worst three and verdict."
NO_CAUSE_THERE = "fewer than 5 misses there have a cause on record"
WORST_OTHERS = "{count} more touchpoints are left out here and stand in the download: {reason}."
WORST_OTHERS_ONE = "One more touchpoint is left out here and stands in the download: {reason}."
PRIORITY_VERDICTS = {
    "worst_first": "fix first",
    "watch": "watch",
    "fine": "fine",
    "not_enough_evidence": "not enough evidence",
}
COUNTED_AT = "Rows counted at"
ALL_INITIATIVES = "All together"
EFFECT = "{initiative}: {metric}"
EFFECTS_HEADING = "What each initiative changed of what it aims at"
EFFECTS_NOTE = (
    "Change of the treated beyond that of all others, in percentage points, with its 95% interval. Blue: better, red: "
    "worse, grey: the interval holds 0, which is not enough evidence."
)
MARGIN_HEADING = "What it changed per customer and month"
MARGIN_NOTE = "Margin less service cost per customer and month, beyond what changed for all others."
EFFECTS_COLUMNS = (
    "Initiative: measure", "Effect and 95% interval", "Grade", "Verdict", "Customers", "Why no better", "q-value",
)  # fmt: skip
EFFECTS_ALT = "Effects of initiatives with interval, evidence grade and verdict."
POINTS = {"1": "1 point", "2": "2 points", "5": "5 points", "10": "10 points"}
SOME_POINTS = "{points} points"
WHAT_IF_NAME = "What another point would be worth"
WHAT_IF_TOUCHPOINT = "Touchpoint"
WHAT_IF_POINTS = "Points of the miss rate"
WHAT_IF = "{points} less of misses at {touchpoint} would be worth {amount} a month"
WHAT_IF_UNSURE = (
    "{points} less of misses at {touchpoint}: {amount} a month, but not enough evidence that it is anything"
)
WHAT_IF_NOTE = (
    "95% interval {ends}. {points} × the published worth of a point, {slope} a month; evidence grade {grade}."
)
SLOPES_COLUMNS = ("Touchpoint", "Worth of a point a month (95%)", "Misses a point", "Points to be won", "Grade")
SLOPES_ALT = "What one percentage point of each touchpoint's miss rate is worth a month."
GOALS_NAME = "Are we on course?"
GOALS_HEADING = "Goals: {parts}"
GOALS = {
    "reached": "reached",
    "on_track": "on track",
    "at_risk": "at risk",
    "missed": "missed",
    "not_enough_evidence": "cannot be told",
}
GOALS_ALT = "Probability of being on track: {parts}."
GOALS_NOTE = "Probability that the true value is at the straight line from baseline to target, or better."
NO_GOALS = "no goal is on record"
GOALS_COLUMNS = ("Initiative: measure", "Now (95%)", "Target", "State", "Deadline", "Before", "Owner")
GOALS_TABLE_ALT = "Goals with baseline, value now, target, deadline, state and owner."
TAB_SIGNALS = "Signals"
TAB_DRIVERS = "Drivers"
TAB_MATURITY = "Maturity"
SIGNAL = "Signal"
SIGNALS_NONE = "No signal in the last complete month"
SIGNALS_QUIET = "{quiet} of {all} series were judged, and each lies within what its months differ by"
SIGNALS_WITHHELD = "{count} could not be judged ({reason})"
SIGNAL_HEADING = "{name}: {change} since {month}"
SIGNAL_NOTE = "Line: value. Band: control limits, three standard errors around the months before."
SIGNAL_ALT = "{name}. Month by month: {months}."
CHANGES = {"better": "better", "worse": "worse"}
QUIET_COLUMNS = ("Series", "Value", "Lies within", "Month", "n")
QUIET_ALT = "Series that were judged in the last complete month and break no rule, with their control limits."
RULES = {
    "beyond_3": "one beyond 3",
    "two_of_three_beyond_2": "2 of 3 beyond 2",
    "four_of_five_beyond_1": "4 of 5 beyond 1",
    "eight_on_one_side": "8 on one side",
    "cusum": "adds up",
}
SIGNAL_KINDS = {"pattern": "pattern", "one_off": "one-off"}
SIGNALS_COLUMNS = ("Series", "Value (95%)", "Change", "Before", "Rule (standard errors)", "Kind", "Since", "q-value")
SIGNALS_ALT = "Series that break a rule of their control chart in the last complete month."
OUTCOME = "Outcome"
DRIVERS_NAME = "What drives the outcome"
DRIVERS_HEADING = "{driver} weighs most on {outcome}; all drivers explain {share} of it"
DRIVERS_NOTE = (
    "Part of what the outcome varies by that each driver accounts for, with its 95% interval; the parts add up. Red: "
    "weighs much and is seldom right; grey: the interval holds 0, which is not enough evidence. An association, not a "
    "proof of the reason."
)
QUADRANTS = {
    "concentrate_here": "concentrate here",
    "keep_it_up": "keep it up",
    "low_priority": "low priority",
    "possible_overkill": "possibly too much",
}
DRIVERS_COLUMNS = ("Driver", "Weight (95%)", "As it should be", "So", "Grade", "Orders", "Left out")
DRIVERS_ALT = "Drivers with weight, how often they are as they should be, and what follows."
ALL_DIMENSIONS = "All together"
STAGE = "{stage} {name}"
MATURITY_NAME = "How far we have come"
MATURITY_HEADING = "Stage {stage} of 6: {name}"
MATURITY_NOTE = (
    "Stage 1 to 6. All together: the highest of which all evidence holds, whatever people answered. A dimension: no "
    "higher than the middle answer of those who were asked."
)
MATURITY_ALT = "Stage by dimension: {parts}."
MATURITY_COLUMNS = ("Dimension", "Stage", "Answered", "Evidence for", "What keeps it there", "Answered by")
MATURITY_TABLE_ALT = "Maturity by dimension with stage, answers, evidence and what caps it."
MATURITY_STAGE = "Stage of maturity"
DEMANDS_COLUMNS = ("What is demanded", "Measured", "At least", "Held?", "Stage")
DEMANDS_ALT = "What each stage of maturity demands, what is measured, and whether it holds."
TAB_PROPOSE = "Propose"
PROPOSE_KIND = "What is proposed"
PROPOSE_KINDS = {"assumption": "An assumption", "goal": "A goal"}
PROPOSE_NAME = "Which"
PROPOSE_LOW = "At least"
PROPOSE_BASE = {"assumption": "Value to count with", "goal": "Target"}
PROPOSE_HIGH = "At most"
PROPOSE_WHO = "Who answers for it"
PROPOSE_WHY = "Why"
PROPOSE_SEND = "Propose"
PROPOSE_NOTE = "A share is written as 0.25, not 25%. The next run reads it; what is published now does not change."
PROPOSE_MAY_NOT = "To propose needs the role {roles}; you have signed in without it. Everything else is yours to see."
PROPOSE_NO_NUMBER = "A proposal needs a number."
PROPOSE_REFUSED = "The proposal was not written. {reason}"
PROPOSALS = {"taken": "counts", "superseded": "a later one counts", "not_yet": "the next run takes it"}
PROPOSALS_COLUMNS = ("Proposed", "At least", "Value", "At most", "By", "On", "What became of it")
PROPOSALS_ALT = "Proposals that the last run read, and what became of each."
PROPOSE_DONE = "Written down. The next run takes it, or says why it does not."

# Page: Can I trust this?
TRUST_TITLE = "Trust"
TRUST_QUESTION = "Can I trust this?"
TRUST_ALL = "Yes: all {all} measures passed their checks"
TRUST_DEGRADED = "Mostly: {ok} of {all} measures passed every check, {degraded} did not pass all"
TRUST_SOME = "{withheld} of {all} measures are withheld, the others can be read as they are"
TRUST_SOME_DEGRADED = (
    "{withheld} of {all} measures are withheld and {degraded} did not pass every check, the others can be read as they "
    "are"
)
TRUST_NONE = "Nothing can be shown: all {all} measures are withheld"
TRUST_NOTHING = "No measure is published"
TRUST_SURE = "{passed} of {all} checks of this version passed; published {published}."
TRUST_NO_CHECKS = "No checks of this version are on record."
TRUST_STEP_LOAD = "load {tables}, for want of which {metric} cannot be shown."
TRUST_STEP = "look at {metric}: {reason}"
TAB_MEASURES = "What is withheld"
TAB_LOADS = "Does it add up?"
TAB_REJECTS = "What was not taken"
FITNESS = {"ok": "Shown", "degraded": "Degraded", "withheld": "Withheld"}
FITNESS_NOTE = {
    "ok": "Every check that they rest on passed.",
    "degraded": "Shown, with a warning from a check.",
    "withheld": "A source is absent, or a check failed: no reader sees a number.",
}
TRUST_COLUMNS = ("Measure", "State", "Why", "n", "Restated", "Observed until")
TRUST_FINE = "All {all} measures that are shown"
TRUST_ALT = (
    "Measures with state, reason, number of observations, numbers of closed periods that changed in this version, and "
    "the instant until which they were observed."
)
PROVISIONAL_HEADING = "Shown, and still changing"
PROVISIONAL_COLUMNS = ("Measure", "Month", "Why")
PROVISIONAL_ALT = "Measures of the board with a month that is provisional, and why."
TAB_SOURCES = "How fresh is it?"
SOURCES_HEADING = "How far each source reaches"
SOURCES_LATE = "{count} sources have stopped"
SOURCES_LATE_ONE = "1 source has stopped"
SOURCES_NOTE = (
    "Days behind are counted to {as_of}, the instant at which this version stops. A feed that is further behind than "
    "it may be withholds what rests on it."
)
SOURCES_ANY = "any"
SOURCES_ABSENT = "absent"
SOURCES_COLUMNS = ("Source table", "Newest event", "Days behind", "At most", "Newest file loaded", "Rows in force")
SOURCES_ALT = "Source tables with their newest event, days behind, days allowed, newest file and rows in force."
TOTALS_HEADING = "What is published adds up to what came"
TOTALS_NOTE = (
    "Totals over the rows in force, in the source and as published. A build in which they differ is refused. Amounts "
    "in a currency without a rate are in neither."
)
TOTALS = {
    "rows": "Rows",
    "amount": "Amount",
    "cost_amount": "Cost",
    "delivered_at": "Rows with a delivery",
    "shipped_at": "Rows with a dispatch",
}
TOTALS_COLUMNS = ("Source table", "Added up", "In the source", "Published", "Difference", "Without a rate")
TOTALS_ALT = "Totals of each source beside those published, with their difference."
LOADS_HEADING = "Every line that was landed ends in one place"
LOADS_NONE = "No load is on record"
LOADS_NOTE = (
    "Landed = not read + not typed + superseded + deleted + not yet + current. A build in which one table does not "
    "add up is refused, and nothing of it is published."
)
LOADS_COLUMNS = (
    "Source table",
    "Loaded",
    "Landed",
    "Not read",
    "Not typed",
    "Superseded",
    "Deleted",
    "Not yet",
    "Current",
)
LOADS_ALT = "Source tables with the number of rows landed and where each of them ended."
REJECTS_HEADING = "Rows that were not taken, and why"
REJECTS_NONE = "Every row was taken"
REJECTS_BY_REASON_COLUMNS = ("Source table", "Reasons and rows", "Not taken", "Landed")
REJECTS_BY_REASON_ALT = "Rows not taken by source table and reason."
REJECTS_COLUMNS = ("File", "Line", "Column", "Found", "Expected")
REJECTS_ALT = "Samples of rows that were not taken, with file, line, column, what was found and what was expected."

# Board pack
REPORT_TITLE = "Customer experience: board pack"
REPORT_SUBTITLE = "What customers were led to expect, what they got, what it cost and what it returned"
REPORT_VERSION = "version {version}"
REPORT_CHECKS = "{passed} of {all} checks passed"
REPORT_MORE = "Appendix: what else the answers rest on"
REPORT_MORE_OF = "{page}: {tab}"
REPORT_APPENDIX = "Appendix: definitions, version and what is withheld"
REPORT_DEFINITIONS = "How each number is defined"
REPORT_DEFINITIONS_COLUMNS = ("Measure", "Definition", "Caveat", "Owner")
REPORT_WITHHELD = "What is withheld or degraded, and why"
REPORT_WITHHELD_COLUMNS = ("Measure", "State", "Why")
REPORT_NOTHING = "No measure is withheld."
REPORT_THIS_VERSION = "This version"
REPORT_VERSION_COLUMNS = ("What", "Which")
REPORT_VERSION_ROWS = ("Version", "Time stops at", "Newest file loaded", "Published", "Checks")
# What bars stand side by side for: two sides of a gap, and both ends of a range.
REPORT_SIDES = {"expected": "Expected", "experienced": "Experienced"}
REPORT_ENDS = ("Lowest", "Highest")
# An editable line has whiskers where that of the page has a band.
REPORT_BAND = ("Band", "Whiskers")
REPORT_HEAD = "{title} (first {shown} of {all} rows)"
CHECKS_MISSING = "This version has no record of its checks."
CHECKS_LINK = "What was checked, and what was found"
PACK_MISSING = "This version has no board pack. Write one with: cx report --out board-pack.pdf"

# Restatements, on the page Trust
TAB_RESTATED = "What changed since"
RESTATED_HEADING = "Published numbers that changed, and why"
RESTATED_NONE = "No published number has changed since it was first published"
RESTATED_NOTE = (
    "A number changes when rows come late, when rows are corrected or deleted, or when its definition changes."
)
RESTATED_COLUMNS = ("Measure", "Number", "Period", "Before", "Now", "Cause", "How that was told")
RESTATED_ALT = "Numbers that changed, with period, value before and now, and the cause."
RESTATED_CAUSES = {
    "definition": "Definition",
    "correction": "Correction",
    "late_data": "Late data",
    "unexplained": "Unexplained",
}

# The last line: from here on the words are those of the language that was chosen.
words.adopt(globals())
