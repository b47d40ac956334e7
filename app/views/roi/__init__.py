"""ROI: what to fix first, what fixing returned, what another point would be worth, and are we on course?"""

from app import messages
from app.frame import Page, Tab
from app.views.roi import assumptions, drivers, effects, goals, ledger, maturity, proposals, signals, what_if, worst

PAGE = Page(
    slug="roi",
    title=messages.ROI_TITLE,
    icon=":material/trending_up:",
    question=messages.ROI_QUESTION,
    answer=worst.answer,
    tabs=(
        Tab("worst", messages.TAB_WORST, worst.draw),
        Tab("initiatives", messages.TAB_INITIATIVES, effects.draw, answer=ledger.returned),
        Tab("return", messages.TAB_RETURN, ledger.draw, answer=ledger.returned),
        Tab("assumptions", messages.TAB_ASSUMPTIONS, assumptions.draw, answer=ledger.returned),
        Tab("whatif", messages.TAB_WHAT_IF, what_if.draw),
        Tab("goals", messages.TAB_GOALS, goals.draw),
        Tab("signals", messages.TAB_SIGNALS, signals.draw),
        Tab("drivers", messages.TAB_DRIVERS, drivers.draw),
        Tab("maturity", messages.TAB_MATURITY, maturity.draw),
        Tab("propose", messages.TAB_PROPOSE, proposals.draw),
    ),
)
