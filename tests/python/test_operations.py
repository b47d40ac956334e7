"""What runs by itself: triggers, retries, alerts to real servers on this machine, papers of runs, partial runs."""

import configparser
import re
import socketserver
import threading
import time

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import serving
from stand_ins import settings_in

from cx_warehouse.alerts import Alert, send
from cx_warehouse.cli import app
from cx_warehouse.errors import CxError, Refused
from cx_warehouse.history import runs
from cx_warehouse.project import PROJECT
from cx_warehouse.settings import Settings
from orchestration import build, load, triggers
from orchestration.progress import Progress
from orchestration.run import run

CONTACTS = (
    "contact_id,touchpoint,channel,opened_at,updated_at\n"
    "k1,phone_support,phone,2024-03-12T10:00:00Z,2024-03-12T10:00:00Z\n"
)


@pytest.fixture
def mail_server():
    """A server that speaks enough SMTP (RFC 5321) to be sent mail: (port, messages)."""
    messages = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 ready")
            while line := self.rfile.readline().decode().strip():
                if line.upper() == "DATA":
                    self.say("354 go on")
                    text = b"".join(iter(self.rfile.readline, b".\r\n"))
                    messages.append(text.decode())
                    self.say("250 kept")
                elif line.upper() == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def say(self, words):
            self.wfile.write(f"{words}\r\n".encode())

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, messages


# --- alerts ----------------------------------------------------------------------------------------------------------


def test_an_alert_goes_to_log_webhook_and_mail(tmp_path, webhook, mail_server, caplog):
    address, posted = webhook
    port, mailed = mail_server
    settings = settings_in(
        tmp_path, alert_webhook=address, alert_email="ops@example.com, cx@example.com", smtp_host="127.0.0.1",
        smtp_port=port,
    )  # fmt: skip
    assert send(settings, Alert("refused", "cx", "3 checks failed.")) == []
    assert posted == [
        ("/secret-of-the-address", {"text": "cx: cx refused\n3 checks failed.", "outcome": "refused", "job": "cx"})
    ]
    (message,) = mailed
    assert "To: ops@example.com, cx@example.com" in message and "Subject: cx: cx refused" in message
    assert "3 checks failed." in message
    assert "cx: cx refused: 3 checks failed." in caplog.text


def test_an_alert_that_cannot_be_sent_is_said_without_its_address(tmp_path, caplog):
    settings = settings_in(
        tmp_path, alert_webhook="http://127.0.0.1:9/secret-of-the-address", alert_email="ops@example.com",
        smtp_host="127.0.0.1", smtp_port=9,
    )  # fmt: skip
    troubles = send(settings, Alert("failed", "cx", "No disk."))
    assert [trouble.split(" (")[0] for trouble in troubles] == [
        "The alert could not be sent by webhook",
        "The alert could not be sent by e-mail",
    ]
    assert "secret-of-the-address" not in " ".join(troubles) + caplog.text + repr(settings)


def test_a_failed_run_under_dagster_raises_an_alert(tmp_path, webhook):
    address, posted = webhook
    settings = settings_in(tmp_path, alert_webhook=address)
    sensor = triggers.failure_sensor(settings)

    @dg.op
    def check():
        raise Refused("Nothing was published, what was published stays: 1 check failed.")

    @dg.job
    def cx():
        check()

    with dg.DagsterInstance.ephemeral() as instance:
        for tags in ({}, {triggers.FROM_THE_COMMAND_LINE: "yes"}):
            done = cx.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
            context = dg.build_run_status_sensor_context(
                "alert", done.get_run_failure_event(), instance, done.dagster_run
            ).for_run_failure()
            sensor(context)
    # Once: of what was started on the command line the command line itself has told.
    assert [body["outcome"] for _, body in posted] == ["refused"]
    assert "1 check failed." in posted[0][1]["text"]
    (paper,) = runs(settings)
    assert (paper.job, paper.outcome) == ("cx", "refused") and "1 check failed." in paper.message


def test_a_run_under_dagster_leaves_a_paper_with_its_own_times(tmp_path):
    settings = settings_in(tmp_path)
    (done, _interrupted) = triggers.paper_sensors(settings)

    @dg.op
    def load():
        time.sleep(0.2)

    @dg.job
    def cx():
        load()

    with dg.DagsterInstance.ephemeral() as instance:
        for tags in ({}, {triggers.FROM_THE_COMMAND_LINE: "yes"}):
            ended = cx.execute_in_process(instance=instance, tags=tags)
            (event,) = [one for one in ended.all_events if one.event_type_value == "PIPELINE_SUCCESS"]
            done(dg.build_run_status_sensor_context("paper_of_done", event, instance, ended.dagster_run))
    (paper,) = runs(settings)
    assert (paper.job, paper.outcome, paper.message) == ("cx", "done", None)
    assert 0.2 <= paper.seconds < 60 and paper.started_at < paper.ended_at


# --- triggers --------------------------------------------------------------------------------------------------------

JOB = dg.define_asset_job("cx", selection="*")


def test_the_landing_sensor_waits_until_files_rest_and_runs_once(tmp_path):
    settings = settings_in(tmp_path)
    sensor = triggers.landing_sensor(settings, JOB)
    folder = settings.landing / "crm" / "contacts"
    folder.mkdir(parents=True)
    cursor = None

    def look() -> int:
        nonlocal cursor
        found = sensor(dg.build_sensor_context(cursor=cursor))
        if isinstance(found, dg.SkipReason):
            return 0
        cursor = found.cursor
        return len(found.run_requests or [])

    (folder / "a.csv").write_text(CONTACTS)
    assert [look(), look(), look()] == [0, 1, 0]
    with (folder / "a.csv").open("a") as file:
        file.write("half a li")
        file.flush()
        assert look() == 0
        file.write("ne\n")
    assert [look(), look(), look()] == [0, 1, 0]
    (folder / "a.csv").unlink()
    assert [look(), look()] == [0, 1]
    # A link to nowhere is for the load to refuse; the sensor goes on looking.
    (folder / "b.csv").symlink_to("nowhere")
    assert [look(), look(), look()] == [0, 1, 0]


def test_the_schedule_is_on_when_it_is_set(tmp_path):
    off = triggers.schedule(settings_in(tmp_path), JOB)
    assert (off.cron_schedule, off.default_status) == ("15 5 * * *", dg.DefaultScheduleStatus.STOPPED)
    on = triggers.schedule(settings_in(tmp_path, schedule="0 * * * *", business_timezone="Europe/Berlin"), JOB)
    assert (on.cron_schedule, on.execution_timezone) == ("0 * * * *", "Europe/Berlin")
    assert on.default_status is dg.DefaultScheduleStatus.RUNNING
    with pytest.raises(CxError, match="CX_SCHEDULE\\) is 'every night'; expected a cron expression"):
        triggers.schedule(settings_in(tmp_path, schedule="every night"), JOB)


# --- retries ---------------------------------------------------------------------------------------------------------


def loaded(settings):
    (contacts,) = (one for one in load.assets(settings, Progress()) if one.key == dg.AssetKey(["crm", "contacts"]))
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [contacts], instance=instance, resources={"build": build.resource(settings)}, raise_on_error=False
        )
        (made,) = done.asset_materializations_for_node("crm__contacts")[-1:]
        return made.metadata["rows"].value, made.metadata["refused"].value, done.all_events


def retries_in(events) -> int:
    return sum(event.event_type_value == "STEP_RESTARTED" for event in events)


@pytest.fixture
def behind_a_mount(tmp_path):
    """Settings whose only file leads to where nothing is yet."""
    settings = settings_in(tmp_path)
    (settings.landing / "crm" / "contacts").mkdir(parents=True)
    (settings.landing / "crm" / "contacts" / "a.csv").symlink_to(tmp_path / "mount" / "a.csv")
    return settings


def test_a_file_that_comes_back_is_loaded_on_a_later_try(behind_a_mount, tmp_path, monkeypatch):
    monkeypatch.setattr(load, "FIRST_WAIT_SECONDS", 0.5)

    def mount():
        # The first try has ended: it has written that it could not read the file.
        while not list(behind_a_mount.raw.glob("ops.files.*.crm.contacts.parquet")):
            time.sleep(0.01)
        (tmp_path / "mount").mkdir()
        (tmp_path / "mount" / "a.csv").write_text(CONTACTS)

    thread = threading.Thread(target=mount)
    thread.start()
    rows, refused, events = loaded(behind_a_mount)
    thread.join()
    assert (rows, refused) == (1, [])
    assert 1 <= retries_in(events) <= load.RETRIES


def test_a_file_that_stays_away_is_refused_after_the_last_try(behind_a_mount, monkeypatch):
    monkeypatch.setattr(load, "FIRST_WAIT_SECONDS", 0.01)
    rows, refused, events = loaded(behind_a_mount)
    assert rows == 0 and "cannot be read" in refused[0]
    assert retries_in(events) == load.RETRIES


# --- papers of runs, and one system alone ----------------------------------------------------------------------------


def test_every_run_leaves_a_paper_and_a_system_can_be_loaded_alone(tmp_path, webhook):
    address, posted = webhook
    settings = settings_in(tmp_path, alert_webhook=address)
    for folder, text in (("crm/contacts", CONTACTS), ("fulfilment/orders", "order_id\n")):
        (settings.landing / folder).mkdir(parents=True)
        (settings.landing / folder / "a.csv").write_text(text)
    settings.raw.mkdir(parents=True)
    stranger = settings.raw / "crm.contacts.0123456789abcdef.parquet"
    pq.write_table(pa.table({"x": [1]}), stranger)

    with pytest.raises(CxError, match="was not written by the loader"):
        run(settings, "load", Progress())
    stranger.unlink()
    settings.systems = ["crm"]
    run(settings, "load", Progress())

    good, bad = runs(settings)
    assert (bad.job, bad.outcome, bad.version, bad.systems) == ("load", "failed", None, [])
    assert "was not written by the loader" in bad.message
    assert (good.outcome, good.message, good.systems) == ("done", None, ["crm"])
    assert good.seconds > 0 and good.started_at > bad.ended_at
    assert [body["outcome"] for _, body in posted] == ["failed"]
    assert {path.name.split(".")[-2] for path in settings.raw.glob("ops.files.*")} >= {"contacts"}
    assert not list(settings.raw.glob("ops.files.*.fulfilment.*"))


# --- what the documentation tells to put on a server ------------------------------------------------------------------


def block_of(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", (PROJECT / "docs" / "operations.md").read_text(), re.DOTALL)[1]


def commands() -> set[str]:
    return {command.name or command.callback.__name__ for command in app.registered_commands}


def test_the_unit_starts_a_command_that_there_is_and_may_write_to_the_warehouse(tmp_path):
    unit = configparser.ConfigParser()
    unit.optionxform = str
    unit.read_string(block_of("ini"))
    service = unit["Service"]
    program, command = service["ExecStart"].split()
    assert program.endswith("/bin/cx") and command in commands()
    assert service["ReadWritePaths"] == f"{service['WorkingDirectory']}/{Settings(_env_file=None).warehouse}"
    # What the sentences below it name is a setting.
    text = (PROJECT / "docs" / "operations.md").read_text()
    named = {name.removeprefix("CX_").lower() for name in re.findall(r"`(CX_\w+)", text)}
    assert named <= Settings.model_fields.keys()


def test_the_services_start_commands_that_there_are_from_one_image():
    services = yaml.safe_load(block_of("yaml"))["services"]
    assert {service["command"].split()[0] for service in services.values()} == {"cx"}
    assert {service["command"].split()[1] for service in services.values()} <= commands()
    image = services["dagster"]["build"]
    assert services["app"]["build"] == image
    # The lines of the image name files that are there, and a Python that the package takes.
    recipe = image["dockerfile_inline"]
    assert (PROJECT / re.search(r"-r (\S+)", recipe)[1]).is_file()
    assert re.search(r"FROM python:(3\.1[123])-slim", recipe)
