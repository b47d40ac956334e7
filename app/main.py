"""Entry script: pins one published version for the run, then draws the page that was asked for."""

import sys
from functools import partial
from pathlib import Path

# Streamlit puts this folder on the path, not the one above it.
if (root := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, root)

import streamlit as st

from app import figures, frame, messages, queries
from app.components.footer import footer
from app.publication import reader
from app.views import PAGES
from cx_warehouse.errors import CxError

# An open page looks for a newer version this often; the look is one `stat` of the file.
POLL_SECONDS = 5


@st.fragment(run_every=POLL_SECONDS)
def watch(version: str | None, error: str | None) -> None:
    """Draws the whole page again as soon as what it shows is no longer what is published."""
    published = reader()
    if (published.version, published.error) != (version, error):
        st.rerun(scope="app")


def _tell_of_change(version: str) -> None:
    if st.session_state.get("version_shown", version) != version:
        st.toast(messages.NEW_VERSION, icon=":material/update:")
    st.session_state["version_shown"] = version


def main() -> None:
    """One run of the app."""
    st.set_page_config(
        page_title=messages.APP_TITLE, page_icon=str(Path(__file__).parent / "assets" / "icon.png"), layout="wide"
    )
    published = reader()
    try:
        with published.lease() as snapshot:
            if published.error:
                stale = messages.LAST_GOOD.format(version=snapshot.version, reason=figures.plain(published.error))
                st.warning(stale, icon=":material/warning:")
            links: dict[str, object] = {}
            for each in PAGES:
                links[each.slug] = st.Page(
                    partial(frame.draw, each, snapshot, links),
                    title=each.title,
                    icon=each.icon,
                    url_path=each.slug,
                    default=each is PAGES[0],
                )
            page = st.navigation(list(links.values()), position="top")
            _tell_of_change(snapshot.version)
            try:
                # Shown only where it takes long enough for somebody to wonder.
                with st.spinner(messages.LOADING):
                    page.run()
                footer(queries.publication(snapshot), queries.metric_trust(snapshot))
            except CxError as error:
                st.error(messages.CANNOT_ANSWER.format(reason=figures.plain(str(error))), icon=":material/error:")
            watch(snapshot.version, published.error)
    except CxError as error:
        st.title(messages.NOTHING_PUBLISHED_HEADING, anchor=False)
        st.markdown(figures.plain(str(error)))
        st.markdown(f":gray[{messages.NOTHING_PUBLISHED_HINT}]")
        watch(None, published.error)


main()
