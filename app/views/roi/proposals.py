"""A form for assumptions and goals, and what became of those proposed before."""

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from app import figures, messages
from app.components import evidence, filters
from app.queries import roi as queries
from app.sign_in import is_on, may_propose
from app.view import View
from cx_warehouse import proposals
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings


def draw(view: View) -> None:
    """A form for an assumption or a goal; the next run takes it, and the warehouse stays as it is until then."""
    settings = Settings()
    # The board pack is drawn without a session: there is no user to ask for, and Streamlit would put all that is drawn
    # later into the form.
    if get_script_run_ctx(suppress_warning=True) is None:
        _proposed(view)
        return
    user = st.user.to_dict() if is_on(settings) else {}
    if not may_propose(settings, user):
        needed = " or ".join(settings.oidc_proposing_roles)
        st.info(messages.PROPOSE_MAY_NOT.format(roles=needed), icon=":material/lock:")
        return
    kind = filters.choose("kind", messages.PROPOSE_KIND, messages.PROPOSE_KINDS, "assumption")
    # A key of each kind: the names of one are none of the other.
    with st.form(f"proposal_{kind}", border=True):
        name = st.selectbox(messages.PROPOSE_NAME, proposals.known(kind), format_func=lambda each: _named(view, each))
        low = base = high = None
        with st.container(horizontal=True):
            if kind == "assumption":
                low = st.number_input(messages.PROPOSE_LOW, value=None, format="%g")
            base = st.number_input(messages.PROPOSE_BASE[kind], value=None, format="%g")
            if kind == "assumption":
                high = st.number_input(messages.PROPOSE_HIGH, value=None, format="%g")
        who = st.text_input(messages.PROPOSE_WHO, max_chars=200)
        why = st.text_input(messages.PROPOSE_WHY, max_chars=1000)
        is_sent = st.form_submit_button(messages.PROPOSE_SEND)
    st.markdown(f":small[:gray[{messages.PROPOSE_NOTE}]]")
    _proposed(view)
    if not is_sent:
        return
    if base is None:
        st.error(messages.PROPOSE_NO_NUMBER, icon=":material/error:")
        return
    try:
        proposals.propose(settings, kind, name, base=base, low=low, high=high, who=who, why=why)
    except (CxError, OSError) as error:
        st.error(messages.PROPOSE_REFUSED.format(reason=figures.plain(str(error))), icon=":material/error:")
        return
    st.success(messages.PROPOSE_DONE, icon=":material/check:")


def _proposed(view: View) -> None:
    """What became of what was proposed before."""
    rows = queries.proposals(view.snapshot)
    if not rows:
        return
    lines = [
        (
            _named(view, row["name"] or row["file"]),
            *(_number(row[name]) for name in ("low", "base", "high")),
            row["proposed_by"] or messages.DASH,
            messages.DASH if row["proposed_at"] is None else figures.day(row["proposed_at"]),
            row["problem"] or messages.PROPOSALS.get(row["outcome"], messages.DASH),
        )
        for row in rows
    ]
    evidence.table(messages.PROPOSALS_COLUMNS, lines, messages.PROPOSALS_ALT)
    evidence.rest(view, (), {"proposals": rows})


def _named(view: View, name: str) -> str:
    return figures.metric(view.definitions[name]) if name in view.definitions else figures.name(name)


def _number(value: float | None) -> str:
    """A number whose unit differs from line to line."""
    if value is None:
        return messages.DASH
    return figures.count(int(value)) if value == int(value) else figures.rounded(value, 4)
