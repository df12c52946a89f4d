"""infra/ holds together, and what it tells the app is what shared/settings.py knows."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import SecretStr

from shared.settings import Settings
from tests.bicep import Array, BicepError, Combined, Constant, File, Name, Obj, Text, calls, inside, names, parse, read

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
FILES = {path.relative_to(INFRA).as_posix(): path for path in sorted(INFRA.rglob("*.bicep"))}
PARAMETER_FILES = sorted(INFRA.rglob("*.bicepparam"))
FUNCTIONS = {
    "concat",
    "guid",
    "join",
    "readEnvironmentVariable",
    "resourceGroup",
    "string",
    "subscription",
    "subscriptionResourceId",
}
FUNCTIONS |= {"uniqueString"}
PLATFORM = re.compile(
    r"AzureWebJobsStorage__(accountName|credential|clientId)"
    r"|AzureFunctionsJobHost__extensions__durableTask__(hubName|storageProvider__(type|connectionStringName))"
    r"|DURABLE_TASK_SCHEDULER_CONNECTION_STRING|APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
    r"|PYTHON_(ENABLE_OPENTELEMETRY|APPLICATIONINSIGHTS_ENABLE_TELEMETRY)"
)


def load(path: Path) -> ModuleType:
    """A script of infra/ as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


settings_table = load(INFRA / "settings_table.py")


def bicep(name: str) -> File:
    return read(FILES[name])


def app_settings() -> dict[str, object]:
    body = bicep("modules/appSettings.bicep").of("resource")["appSettings"].value
    assert isinstance(body, Obj)
    settings = body.at("properties")
    assert isinstance(settings, Obj) and not settings.computed
    return dict(settings.fields)


def module_file(path: str) -> File:
    return bicep((INFRA / path).relative_to(INFRA).as_posix())


# The files by themselves


@pytest.mark.parametrize("name", FILES)
def test_every_name_is_declared_and_every_declaration_is_used(name: str) -> None:
    file = bicep(name)
    inputs = {found.name for found in file.declarations if found.kind != "output"}
    used = [found for declaration in file.declarations for found in names(declaration.value)]
    assert {found.steps[0] for found in used} <= inputs
    unused = {found.name for found in file.declarations if found.kind in ("param", "var")}
    assert unused - {found.steps[0] for found in used} == set()
    assert {call for declaration in file.declarations for call in calls(declaration.value)} <= FUNCTIONS


@pytest.mark.parametrize("name", FILES)
def test_a_secret_leaves_no_file_as_an_output_and_has_no_default(name: str) -> None:
    file = bicep(name)
    secrets = {found.name for found in file.of("param").values() if "secure" in found.decorators}
    outputs = {found.steps[0] for output in file.of("output").values() for found in names(output.value)}
    assert not secrets & outputs
    assert all(file.of("param")[secret].value is None for secret in secrets)


@pytest.mark.parametrize("name", FILES)
def test_the_compiler_takes_no_parameter_for_a_secret_that_is_none(name: str) -> None:
    """The linter's rule secure-secrets-in-params goes by the name: what is only a secret's address must not be called
    a secret, and what is one must be kept as one."""
    plain = [found.name for found in bicep(name).of("param").values() if "secure" not in found.decorators]
    assert [found for found in plain if re.search("secret|password|token", found, re.IGNORECASE)] == []


def test_each_type_of_resource_has_one_api_version() -> None:
    types = {found.type for name in FILES for found in bicep(name).of("resource").values()}
    assert all(re.fullmatch(r"Microsoft\.\w+(/\w+)+@\d{4}-\d\d-\d\d", found) for found in types)
    assert [name for name, count in Counter(found.split("@")[0] for found in types).items() if count > 1] == []


def test_main_calls_every_module_once_with_what_it_declares() -> None:
    modules = bicep("main.bicep").of("module")
    assert sorted(found.type for found in modules.values()) == sorted(set(FILES) - {"main.bicep"})
    for module in modules.values():
        assert isinstance(module.value, Obj)
        passed = module.value.at("params")
        assert isinstance(passed, Obj)
        declared = module_file(module.type).of("param")
        required = {found.name for found in declared.values() if found.value is None}
        assert required <= set(passed.fields) <= set(declared), module.name


def test_what_is_read_of_a_module_or_a_resource_is_there() -> None:
    main = bicep("main.bicep")
    for declaration in main.declarations:
        for found in names(declaration.value):
            if found.steps[0] in main.of("module") and len(found.steps) > 1:
                _, outputs, output = found.steps
                assert outputs == "outputs"
                assert output in module_file(main.of("module")[found.steps[0]].type).of("output"), found.steps


def test_a_secret_is_passed_only_to_a_parameter_that_keeps_it_secret() -> None:
    main = bicep("main.bicep")
    secrets = {found.name for found in main.of("param").values() if "secure" in found.decorators}
    assert secrets == {"mongodbUri"}
    for module in main.of("module").values():
        assert isinstance(module.value, Obj)
        params = module.value.at("params")
        assert isinstance(params, Obj)
        for name, value in params.fields.items():
            if {found.steps[0] for found in names(value)} & secrets:
                assert "secure" in module_file(module.type).of("param")[name].decorators


@pytest.mark.parametrize("path", PARAMETER_FILES, ids=lambda path: path.name)
def test_parameter_files_fit_main(path: Path) -> None:
    given = read(path)
    assert given.using == "main.bicep"
    declared = bicep("main.bicep").of("param")
    values = {found.name: found.value for found in given.of("assign").values()}
    assert {found.name for found in declared.values() if found.value is None} <= set(values) <= set(declared)
    for name, value in values.items():
        allowed = declared[name].decorators.get("allowed")
        if allowed:
            assert isinstance(allowed[0], Array) and value in allowed[0].items, name
        if "secure" in declared[name].decorators:
            assert isinstance(value, Combined) and value.operator == "readEnvironmentVariable"


def test_a_broken_file_is_refused() -> None:
    main = FILES["main.bicep"].read_text()
    for broken in (main.rstrip() + " }", main.replace("params: {", "params: ", 1), main.replace("'", "", 1)):
        with pytest.raises(BicepError, match=r"^line \d+: "):
            parse(broken)


# What the app is told


def drift(fields: set[str], deployed: set[str], left_out: set[str]) -> list[str]:
    """What keeps the settings, the Bicep files and the list of what is left out from saying the same."""
    known = {name.upper() for name in fields}
    told = {name for name in deployed if not PLATFORM.fullmatch(name)}
    out = {name.upper() for name in left_out}
    return [
        *(f"{name} is set in Bicep and unknown to the app" for name in sorted(told - known)),
        *(f"{name} is neither set in Bicep nor listed in NOT_IN_BICEP with the reason" for name in known - told - out),
        *(f"{name} is listed in NOT_IN_BICEP and set in Bicep" for name in sorted(out & told)),
        *(f"{name} is listed in NOT_IN_BICEP and no setting" for name in sorted(out - known)),
    ]


def test_bicep_sets_exactly_what_the_app_knows() -> None:
    left_out = settings_table.NOT_IN_BICEP
    assert drift(set(Settings.model_fields), set(app_settings()), set(left_out)) == []
    assert all(not Settings.model_fields[name].is_required() and reason for name, reason in left_out.items())


@pytest.mark.parametrize(
    ("added", "to"),
    [("NEW_SETTING", "deployed"), ("new_setting", "fields"), ("new_setting", "left_out"), ("db_name", "left_out")],
)
def test_drift_on_any_side_is_seen(added: str, to: str) -> None:
    sides = {
        "fields": set(Settings.model_fields),
        "deployed": set(app_settings()),
        "left_out": set(settings_table.NOT_IN_BICEP),
    }
    sides[to].add(added)
    assert len(drift(**sides)) == 1
    sides[to].remove(added)
    sides["deployed"].remove("DB_NAME")
    assert len(drift(**sides)) == 1


def test_secrets_are_references_to_the_key_vault() -> None:
    for name, value in app_settings().items():
        field = Settings.model_fields.get(name.lower())
        if field and (field.annotation is SecretStr or SecretStr in get_args(field.annotation)):
            assert isinstance(value, Text)
            assert str(value.parts[0]).startswith("@Microsoft.KeyVault(SecretUri="), name


def test_choices_in_bicep_are_choices_of_the_app() -> None:
    main = bicep("main.bicep").of("param")
    environment = Settings.model_fields["app_env"].annotation
    assert get_origin(environment) is Literal
    allowed = main["environmentName"].decorators["allowed"][0]
    assert isinstance(allowed, Array)
    assert {item.literal() for item in allowed.items if isinstance(item, Text)} == set(get_args(environment)) - {
        "local"
    }
    for parameter, field in (("dbName", "db_name"), ("legacyPaths", "legacy_paths")):
        value = main[parameter].value
        assert isinstance(value, Text | Constant)
        plain = value.literal() if isinstance(value, Text) else value.value
        assert plain == Settings.model_fields[field].default


def test_the_docs_are_off_in_production_unless_somebody_says_so() -> None:
    assert bicep("main.bicep").of("param")["docsEnabled"].value == Combined(
        "!=", (Name(("environmentName",)), Text(("prod",)))
    )
    given: dict[str, Any] = {"mongodb_uri": "mongodb://localhost"}
    shown = {env: Settings.model_validate({**given, "app_env": env}).shows_docs for env in ("local", "dev", "prod")}
    assert shown == {"local": True, "dev": True, "prod": False}
    for said in (True, False):
        assert Settings.model_validate({**given, "app_env": "prod", "docs_enabled": said}).shows_docs is said


def test_the_app_reads_booleans_as_bicep_writes_them() -> None:
    for written, meant in (("True", True), ("False", False)):
        settings = Settings.model_validate({"mongodb_uri": "mongodb://localhost", "legacy_paths": written})
        assert settings.legacy_paths is meant


def test_hub_and_task_hub_have_the_names_that_the_code_uses() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    task_hub = bicep("modules/durableTask.bicep").of("resource")["taskHub"].value
    hub = bicep("modules/liveHub.bicep").of("resource")["hub"].value
    assert isinstance(task_hub, Obj) and isinstance(hub, Obj)
    assert task_hub.at("name") == Text((host["extensions"]["durableTask"]["hubName"],))
    assert hub.at("name") == Text((Settings.model_fields["web_pubsub_hub"].default,))


def test_the_durable_backend_is_the_scheduler_behind_a_setting_that_is_there() -> None:
    prefix = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
    settings = app_settings()
    assert settings[f"{prefix}type"] == Text(("azureManaged",))
    connection = settings[f"{prefix}connectionStringName"]
    assert isinstance(connection, Text) and connection.literal() in settings


def test_instances_are_kept_ready_and_serve_many_requests() -> None:
    app = bicep("modules/functionApp.bicep").of("resource")["functionApp"].value
    assert isinstance(app, Obj)
    ready = app.at("properties", "functionAppConfig", "scaleAndConcurrency", "alwaysReady")
    groups = [item.at("name") for item in inside(ready) if isinstance(item, Obj)]
    assert groups == [Text(("http",)), Text(("durable",))]
    triggers = app.at("properties", "functionAppConfig", "scaleAndConcurrency", "triggers")
    assert isinstance(triggers, Obj)
    assert triggers.at("http", "perInstanceConcurrency") == Name(("httpConcurrency",))
    concurrency = bicep("main.bicep").of("param")["httpConcurrency"].value
    host = json.loads((ROOT / "host.json").read_text())
    assert isinstance(concurrency, Constant) and isinstance(concurrency.value, int)
    assert 1 < concurrency.value <= host["extensions"]["http"]["maxConcurrentRequests"]


def test_the_page_on_deploying_lists_every_setting_as_it_is() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    assert settings_table.with_table(page) == page, "run: python infra/settings_table.py --write"
    for name in FILES:
        assert name == "main.bicep" or f"| `{Path(name).stem}` |" in page
