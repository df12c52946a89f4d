"""The supervisor: parts start together, end together, and leave nothing behind, whatever is killed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pymongo
import pytest

from local.supervisor.app_settings import app_settings
from local.supervisor.datadir import DataDir
from local.supervisor.options import PROJECT
from tests.stack import Stack, free_base_port
from tests.started import PATIENCE, until

# The two parts that start fastest stand for all, since the supervisor treats them alike; and no app, so no indexes.
SMALL = ("--without", "host,durable,saas", "--app", str(Path(__file__).parent))


def local(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m local ...`, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def processes_of(stack: Stack) -> list[psutil.Process]:
    """Every living process whose command line names the stack's data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(stack.data_dir.root) in argument for argument in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("supervisor"), *SMALL) as running:
        yield running


@pytest.fixture
def where(stack: Stack) -> tuple[str, str]:
    return ("--data-dir", str(stack.data_dir.root))


def test_stack_json_describes_what_runs(stack: Stack) -> None:
    described = stack.description
    assert described["apiUrl"] == f"http://127.0.0.1:{stack.base}/api/v1"
    assert described["consoleUrl"] == f"http://127.0.0.1:{stack.base + 9}"
    assert described["parts"]["webpubsub"]["url"] == f"http://127.0.0.1:{stack.base + 10}"
    assert set(described["parts"]) == {"mongod", "webpubsub"}
    assert all(psutil.pid_exists(part["pid"]) for part in described["parts"].values())
    assert psutil.pid_exists(described["pid"])
    with pymongo.MongoClient(described["mongoUri"]) as client:
        assert client.admin.command("hello")["isWritablePrimary"] is True


def test_what_a_running_stack_writes_is_its_owners_alone(stack: Stack) -> None:
    written = list(stack.data_dir.root.rglob("*"))
    assert {"keys.json", "stack.json", "webpubsub.log", "WiredTiger"} <= {path.name for path in written}
    assert [path for path in (stack.data_dir.root, *written) if path.stat().st_mode & 0o077] == []


def test_two_stacks_run_side_by_side_and_one_uses_the_mongodb_that_it_is_given(stack: Stack, tmp_path: Path) -> None:
    with Stack(tmp_path, *SMALL, environment={"MONGODB_URI": stack.mongo_uri}) as other:
        assert other.base != stack.base
        assert other.description["mongoUri"] == stack.mongo_uri
        assert set(other.description["parts"]) == {"webpubsub"}
        for each in (stack, other):
            assert httpx.get(f"{each.console_url}/api/stack").json()["port"] == each.base
        assert local("status", "--data-dir", str(other.data_dir.root)).returncode == 0
    assert processes_of(other) == []
    assert local("status", "--data-dir", str(stack.data_dir.root)).returncode == 0


def test_a_second_stack_on_the_same_data_directory_is_refused(stack: Stack, where: tuple[str, str]) -> None:
    refused = local("up", *where, "--port", str(free_base_port()))
    assert refused.returncode == 1
    assert str(stack.description["pid"]) in refused.stderr


def test_a_part_can_be_stopped_started_and_killed(stack: Stack, where: tuple[str, str]) -> None:
    health = f"{stack.description['parts']['webpubsub']['url']}/_local/health"
    for end in ("stop", "kill"):
        before = stack.pid("webpubsub")
        assert local(end, "webpubsub", *where).returncode == 0
        assert stack.description["parts"]["webpubsub"] == {
            "pid": None,
            "url": health.removesuffix("/_local/health"),
            "state": "stopped",
        }
        with pytest.raises(httpx.ConnectError):
            httpx.get(health)
        assert local("status", *where).returncode == 1

        assert local("start", "webpubsub", *where).returncode == 0
        assert httpx.get(health).json() == {"status": "ok"}
        assert stack.pid("webpubsub") not in (None, before)
        assert local("start", "webpubsub", *where).returncode == 0
    assert local("stop", "host", *where).returncode == 1, "a part that this stack was started without"


def test_a_part_that_ends_by_itself_is_told_and_not_restarted(stack: Stack, where: tuple[str, str]) -> None:
    pid = stack.pid("webpubsub")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: "webpubsub ended by itself (killed by SIGKILL)" in stack.output.read_text())
    assert stack.description["parts"]["webpubsub"]["state"] == "ended"
    assert local("start", "webpubsub", *where).returncode == 0


def test_mongod_comes_back_with_its_data(stack: Stack) -> None:
    with pymongo.MongoClient(stack.mongo_uri) as client:
        client.get_database("shop").get_collection("orders").insert_one({"_id": "kept"})
    stack.kill("mongod")
    stack.start("mongod")
    with pymongo.MongoClient(stack.mongo_uri) as client:
        assert client.get_database("shop").get_collection("orders").find_one() == {"_id": "kept"}


def test_a_stack_without_the_app_signs_nobody_in(where: tuple[str, str]) -> None:
    said = local("token", "kitchen@example.com", *where)
    assert said.returncode == 1
    assert "host" in said.stderr
    assert local("token", "nobody", *where).returncode == 2
    assert local("demo", *where).returncode == 1, "a stack without demo data"


def test_settings_for_func_start(stack: Stack, where: tuple[str, str]) -> None:
    said = json.loads(local("settings", *where).stdout)
    example = json.loads((PROJECT / "local.settings.example.json").read_text())
    assert said["Values"].keys() == example["Values"].keys()
    assert said["Values"]["WEB_PUBSUB_CONNECTION_STRING"] == stack.settings()["WEB_PUBSUB_CONNECTION_STRING"]
    assert said["Host"]["LocalHttpPort"] == stack.base
    assert said["Host"]["CORS"].count(",") == example["Host"]["CORS"].count(",")


def test_options_come_from_the_environment_and_the_command_line_wins(stack: Stack, where: tuple[str, str]) -> None:
    here = str(stack.data_dir.root)
    assert local("status", ORDERBUDDY_LOCAL_DATA_DIR=here).returncode == 0
    assert local("status", *where, ORDERBUDDY_LOCAL_DATA_DIR="/nowhere").returncode == 0
    other_port = local("status", ORDERBUDDY_LOCAL_DATA_DIR=here, ORDERBUDDY_LOCAL_PORT="9000")
    assert other_port.returncode == 2
    assert str(stack.base) in other_port.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (["--port", "65530"], {}, "base port"),
        (["--port", "x"], {}, "no port"),
        (["--without", "kitchen"], {}, "kitchen"),
        ([], {"ORDERBUDDY_LOCAL_FRESH": "perhaps"}, "ORDERBUDDY_LOCAL_FRESH"),
    ],
)
def test_wrong_options_are_refused(
    arguments: list[str], environment: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    refused = local("up", "--data-dir", str(tmp_path / "data"), *arguments, **environment)
    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert not (tmp_path / "data").exists()


def test_commands_without_a_stack_say_so(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path / "none"))
    for command in (["status"], ["demo"], ["stop", "host"], ["token", "a@b"]):
        said = local(*command, *where)
        assert said.returncode == 3
        assert said.stderr
    assert local("down", *where).returncode == 0
    assert not (tmp_path / "none").exists()


def test_small_commands_load_no_large_libraries(tmp_path: Path) -> None:
    code = (
        "import sys; from local.__main__ import main; main(['status', '--data-dir', sys.argv[1]]);"
        "sys.exit(' '.join({'httpx', 'pymongo', 'starlette', 'uvicorn', 'rich', 'asyncio'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert "is not running" in said.stderr
    assert said.stderr.splitlines()[1:] == [""], said.stderr


def test_what_a_stack_leaves_behind_and_what_the_next_one_finds(tmp_path: Path) -> None:
    stack = Stack(tmp_path, *SMALL)
    with stack:
        key, base = stack.data_dir.keys(), stack.base
        _insert(stack)
        # kill -9 of the supervisor: nothing goes on, and the data is there at the next start.
        os.kill(stack.description["pid"], signal.SIGKILL)
        if sys.platform == "linux":
            until(lambda: processes_of(stack) == [])
        stack.restart()
        assert _count(stack) == 1
        # `up` while a stack is ending waits for that.
        ending = stack.description["pid"]
        os.kill(ending, signal.SIGTERM)
        stack.up()
        assert stack.description["pid"] != ending
        assert (stack.base, _count(stack)) == (base, 1)
        assert local("down", "--data-dir", str(stack.data_dir.root)).returncode == 0
        assert not (stack.data_dir.root / "stack.json").exists()
        assert processes_of(stack) == []
        # A part that a killed supervisor left behind is ended, and --fresh begins with other keys and no data.
        with left_behind(stack) as (part, foreign), Stack(tmp_path, *SMALL, "--fresh") as fresh:
            assert part.wait(PATIENCE) == -signal.SIGKILL
            assert foreign.poll() is None, "a process that only has the same id"
            assert "ended host, left behind" in fresh.output.read_text()
            assert fresh.description["port"] == base
            assert fresh.data_dir.keys() != key
            assert _count(fresh) == 0
            fresh.kill_all()
            assert processes_of(fresh) == []


def _insert(stack: Stack) -> None:
    with pymongo.MongoClient(stack.mongo_uri) as client:
        client.get_database("shop").get_collection("orders").insert_one({})


def _count(stack: Stack) -> int:
    with pymongo.MongoClient(stack.mongo_uri) as client:
        return int(client.get_database("shop").get_collection("orders").count_documents({}))


@contextlib.contextmanager
def left_behind(stack: Stack) -> Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]]:
    """A part of the stack, and a process that has nothing to do with it, both named in run.json."""
    wait = [sys.executable, "-c", "import time; time.sleep(600)"]
    part = subprocess.Popen([*wait, str(stack.data_dir.root / "host")], start_new_session=True)
    foreign = subprocess.Popen(wait, start_new_session=True)
    stack.data_dir.write("run.json", {"parts": {"host": {"pid": part.pid}, "durable": {"pid": foreign.pid}}})
    try:
        yield part, foreign
    finally:
        for process in (part, foreign):
            process.kill()
            process.wait()


def test_the_gateways_stand_in_is_the_apps_gateway_unless_the_caller_has_another(tmp_path: Path) -> None:
    keys = DataDir(tmp_path)
    keys.create()
    given = {"EMERGEPAY_ENVIRONMENT_URL": "https://gateway.example/v1", "TOKEN_HASH_KEY": "k" * 32}
    alone = app_settings(7071, keys.keys(), {}, without=frozenset({"saas"}))
    assert app_settings(7071, keys.keys(), {})["EMERGEPAY_ENVIRONMENT_URL"] == "http://127.0.0.1:7082/emergepay/v1"
    assert app_settings(7071, keys.keys(), given).items() >= given.items()
    assert app_settings(7071, keys.keys(), given, without=frozenset({"saas"})).items() >= given.items()
    assert "EMERGEPAY_ENVIRONMENT_URL" not in alone
    assert len(base64.b64decode(alone["SEALING_KEYS"], validate=True)) == 32


def test_people_sign_in_with_the_cores_stand_in_unless_the_caller_has_a_core(tmp_path: Path) -> None:
    keys = DataDir(tmp_path)
    keys.create()
    here = app_settings(7071, keys.keys(), {})
    assert here["SUPERTOKENS_CONNECTION_URI"] == "http://127.0.0.1:7082/supertokens"
    assert here["SUPERTOKENS_API_KEY"]
    assert (here["API_ENDPOINT"], here["STORE_ENDPOINT"]) == ("http://127.0.0.1:7071", "http://127.0.0.1:7080")
    assert here["KITCHEN_ENDPOINT"] == "http://127.0.0.1:7080/kitchen"
    given = {"SUPERTOKENS_CONNECTION_URI": "https://core.example"}
    there = app_settings(7071, keys.keys(), given)
    assert there.items() >= given.items()
    assert "SUPERTOKENS_API_KEY" not in there, "the stand-in's key is sent to no other core"


def test_a_limit_that_a_person_sets_can_be_tried_here(tmp_path: Path) -> None:
    keys = DataDir(tmp_path)
    keys.create()
    assert app_settings(7071, keys.keys(), {})["PREVIEWS_PER_ADDRESS_AND_MINUTE"] == "0"
    given = {
        "PREVIEWS_PER_ADDRESS_AND_MINUTE": "5",
        "NEGOTIATIONS_PER_ADDRESS_AND_MINUTE": "6",
        "PAYMENTS_PER_ADDRESS_AND_MINUTE": "7",
        "OPEN_PREVIEWS_PER_LOCATION": "8",
    }
    assert app_settings(7071, keys.keys(), given).items() >= given.items()
    assert app_settings(7071, keys.keys(), {"APP_ENV": "prod"})["APP_ENV"] == "local"


def test_a_data_directory_is_its_owners_alone_even_one_that_was_open(tmp_path: Path) -> None:
    root = tmp_path / "data"
    (root / "mongod").mkdir(parents=True)
    (root / "keys.json").write_text("{}")
    for path in (root, *root.iterdir()):
        path.chmod(0o777)
    DataDir(root).create()
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (root, *root.iterdir())} == {0}
    # Among a person's other files only ours are closed.
    (root / "notes.txt").touch()
    for path in (root, *root.iterdir()):
        path.chmod(0o755)
    DataDir(root).create()
    open_to_all = {path.name for path in (root, *root.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077}
    assert open_to_all == {"data", "notes.txt"}


def test_an_older_data_directory_gets_the_keys_that_it_lacks(tmp_path: Path) -> None:
    directory = DataDir(tmp_path)
    directory.write("keys.json", {"webPubSubKey": "live"})
    keys = directory.keys()
    assert keys.web_pubsub == "live"
    assert DataDir(tmp_path).keys() == keys, "made once"


@pytest.mark.parametrize(("offset", "part"), [(10, "webpubsub"), (9, "console")])
def test_a_taken_port_is_an_error_that_names_the_port_and_the_part(tmp_path: Path, offset: int, part: str) -> None:
    base = free_base_port()
    with socket.create_server(("127.0.0.1", base + offset)):
        stack = Stack(tmp_path, *SMALL, base=base)
        complaint = rf"{part}: port {base + offset} is taken by .* \(process {os.getpid()}\)"
        with pytest.raises(AssertionError, match=complaint):
            stack.up()
        assert processes_of(stack) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_it_starts_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    directory = DataDir(tmp_path / "data")
    up = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "local",
            "up",
            "--data-dir",
            str(directory.root),
            "--port",
            str(free_base_port()),
            *SMALL,
        ],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
    )
    try:
        until(lambda: "mongod" in directory.read("run.json").get("parts", {}))
    except AssertionError:
        up.kill()
        up.wait()
        raise
    parts = directory.read("run.json")["parts"]
    up.send_signal(number)
    assert up.wait(PATIENCE) == 0
    assert not any(psutil.pid_exists(part["pid"]) for part in parts.values())
    assert not (directory.root / "run.json").exists()


def test_a_part_that_cannot_start_ends_the_stack_and_shows_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path, *SMALL)
    stack.data_dir.create()
    (stack.data_dir.root / "mongod").mkdir()
    (stack.data_dir.root / "mongod" / "storage.bson").write_text("not a database")
    with pytest.raises(AssertionError, match=r"(?s)failed: mongod ended while it started.*storage engine metadata"):
        stack.up()
    assert processes_of(stack) == []
