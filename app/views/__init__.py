"""The pages, in the order of the navigation; the first is where everybody lands."""

from app.views import board, cost, expectations, promises, retention, roi, trust

PAGES = (board.PAGE, promises.PAGE, expectations.PAGE, retention.PAGE, cost.PAGE, roi.PAGE, trust.PAGE)
