"""Tell somebody that a run failed or withheld more: always in the log, by webhook and e-mail where they are set up."""

import json
import logging
import smtplib
import ssl
import urllib.request
from dataclasses import dataclass
from email.message import EmailMessage

from cx_warehouse.settings import Settings

_log = logging.getLogger(__name__)
_SECONDS = 10


@dataclass(frozen=True)
class Alert:
    """What happened: `outcome` is refused (a check said no, what was published stays), failed, or withheld (published,
    with metrics withheld that the version before showed); `words` say why."""

    outcome: str
    job: str
    words: str

    def subject(self) -> str:
        """One line."""
        return f"cx: {self.job} {self.outcome}"


def send(settings: Settings, alert: Alert, *, is_told: bool = False) -> list[str]:
    """Send an alert by every way that is set up.

    Args:
        settings: alert_webhook; alert_email, alert_from, smtp_host, smtp_port, smtp_user, smtp_password.
        alert: what happened.
        is_told: whether somebody reads it on a screen already; the log is left out then.

    Returns:
        A sentence for each way that did not work: whoever raised the alert has an error of their own to tell.
    """
    if not is_told:
        _log.error("%s: %s", alert.subject(), alert.words)
    troubles = []
    for is_set, way, work in (
        (settings.alert_webhook, "webhook", _post),
        (settings.alert_email and settings.smtp_host, "e-mail", _mail),
    ):
        if is_set:
            try:
                work(settings, alert)
            except (OSError, smtplib.SMTPException, ValueError) as error:
                # The address of a webhook is a secret, and some errors quote it.
                troubles.append(f"The alert could not be sent by {way} ({type(error).__name__}).")
    return troubles


def _post(settings: Settings, alert: Alert) -> None:
    # `text` is what Slack, Mattermost and Teams show.
    body = {"text": f"{alert.subject()}\n{alert.words}", "outcome": alert.outcome, "job": alert.job}
    address = settings.alert_webhook.get_secret_value()
    if not address.startswith(("https://", "http://")):
        raise ValueError("no web address")
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=_SECONDS):
        pass


def _mail(settings: Settings, alert: Alert) -> None:
    message = EmailMessage()
    message["Subject"] = alert.subject()
    message["From"] = settings.alert_from or settings.alert_email[0]
    message["To"] = ", ".join(settings.alert_email)
    message.set_content(alert.words)
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_SECONDS) as server:
        if settings.smtp_user:
            # A password goes over an encrypted line or not at all.
            server.starttls(context=ssl.create_default_context())
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)
