"""The pages, in the order of the navigation; the first is where everybody lands."""

from app.views import board, expectations, promises, retention, trust

PAGES = (board.PAGE, promises.PAGE, expectations.PAGE, retention.PAGE, trust.PAGE)
