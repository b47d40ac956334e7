"""A run with every secret set and people's data in its files: neither is in any file that it leaves, decoded or not."""

import os
import subprocess

import pytest
import test_laws
from conftest import CX
from decoded import holding

SECRETS = {
    "CX_PII_KEY": "key-of-the-hashes-5f1d",
    "CX_ALERT_WEBHOOK": "http://127.0.0.1:9/address-of-the-webhook-5f1d",
    "CX_ALERT_EMAIL": "ops@alerts.invalid",
    "CX_SMTP_HOST": "127.0.0.1",
    "CX_SMTP_PORT": "9",
    "CX_SMTP_USER": "cx",
    "CX_SMTP_PASSWORD": "password-of-the-mail-server-5f1d",
    "CX_OIDC_METADATA_URL": "http://127.0.0.1:9/.well-known/openid-configuration",
    "CX_OIDC_CLIENT_ID": "cx",
    "CX_OIDC_REDIRECT_URI": "http://127.0.0.1:8501/oauth2callback",
    "CX_OIDC_CLIENT_SECRET": "secret-of-the-client-5f1d",
    "CX_OIDC_COOKIE_SECRET": "secret-of-the-cookies-of-the-app-5f1d",
}
COMMENT = "call me on 0170 5550199 said nobody"
COLUMNS = (
    "answer_id,response_id,customer_id,touchpoint,question_kind,score,scale_min,scale_max,comment,responded_at,"
    "updated_at,Mail"
)
ANSWERS = f"""{COLUMNS}
A1,R1,C1,delivery,csat,5,1,5,{COMMENT},2024-03-12T10:00:00Z,2024-03-12T10:00:00Z,dora@example.com
A2,R2,C2,delivery,csat,high,1,5,{COMMENT},2024-03-12T10:00:00Z,2024-03-12T10:00:00Z,dora@example.com
fritz@example.com/3,R3,fritz@example.com,delivery,csat,3,1,5,,2024-03-12T10:00:00Z,2024-03-12T10:00:00Z,
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Folders of a run that published, and of one that failed and raised an alert; and all that was on the screen."""
    folder = tmp_path_factory.mktemp("secrets")
    landing = test_laws.land(folder / "landing", test_laws.WORLD | {"survey/answers": ANSWERS})
    # A reject that quotes would quote an address.
    (landing / "crm" / "customers" / "more.csv").write_text("customer_id,email\nC7,emil@example.com,too,many\n")
    environment = {**os.environ, **SECRETS, "TMPDIR": str(folder), "CX_BOARD_PACK": "true"}
    command = [CX, "run", "--landing", landing, "--warehouse", folder / "warehouse"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    packed = {path.suffix for path in (folder / "warehouse" / "versions").glob("*.pack/*")}
    assert packed >= {".html", ".pptx", ".pdf"}
    (folder / "warehouse" / "raw" / "crm.contacts.0123456789abcdef.parquet").write_text("not ours")
    command[1] = "load"
    failed = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert failed.returncode != 0
    assert "could not be sent by webhook" in failed.stderr and "could not be sent by e-mail" in failed.stderr
    return folder, done.stdout + done.stderr + failed.stdout + failed.stderr


def test_no_secret_is_in_any_file_or_on_the_screen(ran):
    folder, screen = ran
    words = [value for name, value in SECRETS.items() if value.endswith("5f1d")]
    assert len(words) == 5
    assert holding(folder, *words) == {}
    assert [word for word in words if word in screen] == []


def test_no_address_or_comment_of_the_input_is_in_anything_made_of_it(ran):
    folder, screen = ran
    words = ["@example.com", COMMENT]
    # The search can find them: it does where they were landed.
    assert holding(folder / "landing", *words).keys() == set(words)
    assert holding(folder / "warehouse", *words) == {}
    assert [word for word in words if word in screen] == []
