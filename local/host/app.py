"""Loading a function app: `function_app.py`, through the unmodified azure-functions package, into plain values."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import traceback
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.config import ConfigError, HostJson, read_host_json, resolve_settings

SCRIPT = "function_app.py"
_MODULE = "function_app"

UserFunction = Callable[..., Any]


class LoadError(Exception):
    """The app cannot be loaded, so Azure would serve none of its functions; the message says why, for the developer."""


@dataclass(frozen=True, slots=True)
class ClientBinding:
    """A durableClient binding: the parameter that receives its text, and what it names itself.

    `hub`: the task hub; `connection`: the setting of its storage. None: the app's own.
    """

    parameter: str
    hub: str | None = None
    connection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that can be invoked. Its parameter `argument_name` gets the trigger's value."""

    name: str
    callable: UserFunction
    is_async: bool
    argument_name: str
    wants_context: bool = False
    clients: tuple[ClientBinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFunction(Function):
    """A function with an HTTP trigger. `methods` None: it answers every method."""

    route: str
    methods: frozenset[str] | None
    auth_level: str
    has_return: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFunction(Function):
    """A function with a timer trigger. `schedule`: an NCRONTAB expression or a time span, settings filled in."""

    schedule: str
    run_on_startup: bool
    use_monitor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFunction(Function):
    """A durable activity. Orchestrators call it by `name`; in the app's code it is `function_name`."""

    function_name: str


@dataclass(frozen=True, slots=True)
class OtherFunction:
    """A function that the local host cannot serve, and the reason in words."""

    name: str
    trigger: str
    reason: str


@dataclass(frozen=True, slots=True)
class FunctionAppTree:
    """All functions of one app. Orchestrators, activities and entities stand under their public names."""

    directory: Path
    host: HostJson
    http: tuple[HttpFunction, ...]
    timers: tuple[TimerFunction, ...]
    orchestrators: Mapping[str, UserFunction]
    activities: Mapping[str, ActivityFunction]
    entities: Mapping[str, UserFunction]
    others: tuple[OtherFunction, ...]

    @property
    def hub(self) -> str:
        """The name of the app's task hub."""
        return self.host.hub

    @property
    def client_bindings(self) -> frozenset[ClientBinding]:
        """Every durableClient binding of the app."""
        invocable: tuple[Function, ...] = (*self.http, *self.timers, *self.activities.values())
        return frozenset(binding for function in invocable for binding in function.clients)

    def __len__(self) -> int:
        parts = (self.http, self.timers, self.orchestrators, self.activities, self.entities, self.others)
        return sum(len(part) for part in parts)


def load_app(directory: Path, environment: Mapping[str, str] | None = None) -> FunctionAppTree:
    """Import function_app.py of `directory` and index its functions, by the rules of the official worker.

    The directory becomes the first place where Python looks for modules, as in Azure. `environment` (default: the
    process's) holds the app settings. Raises LoadError, and ConfigError for host.json.
    """
    settings = os.environ if environment is None else environment
    directory = directory.resolve()
    host = read_host_json(directory, settings)
    indexed = _index(_import(directory))
    tree = _Sorting(settings)
    for function in indexed:
        tree.add(function)
    return FunctionAppTree(
        directory=directory,
        host=host,
        http=tuple(tree.http),
        timers=tuple(tree.timers),
        orchestrators=tree.orchestrators,
        activities=tree.activities,
        entities=tree.entities,
        others=tuple(tree.others),
    )


def _import(directory: Path) -> Any:
    script = directory / SCRIPT
    if not script.is_file():
        raise LoadError(f"{directory} holds no {SCRIPT}: not a Python v2 function app")
    for folder in (directory / ".python_packages" / "lib" / "site-packages", directory):
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        if folder.is_dir():
            sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(_MODULE, script)
    if spec is None or spec.loader is None:
        raise LoadError(f"{script} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    # Loaded anew each time: two apps have modules of the same name, and a test may load both.
    sys.modules[_MODULE] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        cure = " Install what it needs: `make install`." if isinstance(error, ModuleNotFoundError) else ""
        raise LoadError(
            f"{script} raised an exception while it was imported: {reason}.{cure}\n{traceback.format_exc()}"
        ) from None
    return module


def _index(module: Any) -> list[Any]:
    from azure.functions import FunctionRegister

    apps = {id(value): value for value in vars(module).values() if isinstance(value, FunctionRegister)}
    if len(apps) != 1:
        found = "no top-level FunctionApp" if not apps else "more than one top-level FunctionApp"
        raise LoadError(f"{module.__file__} defines {found}: exactly one is needed")
    try:
        functions: list[Any] = next(iter(apps.values())).get_functions()
    except Exception as error:
        raise LoadError(f"the functions of {module.__file__} cannot be indexed: {error}") from error
    return functions


class _Sorting:
    """Sorts indexed functions by trigger."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.http: list[HttpFunction] = []
        self.timers: list[TimerFunction] = []
        self.orchestrators: dict[str, UserFunction] = {}
        self.activities: dict[str, ActivityFunction] = {}
        self.entities: dict[str, UserFunction] = {}
        self.others: list[OtherFunction] = []

    def add(self, function: Any) -> None:
        name: str = function.get_function_name()
        trigger = function.get_trigger()
        if _disabled(name, self._environment):
            self.others.append(OtherFunction(name, trigger.type, "it is disabled by an app setting"))
            return
        fields = trigger.get_dict_repr()
        common: dict[str, Any] = {
            "callable": function.get_user_function(),
            "is_async": inspect.iscoroutinefunction(function.get_user_function()),
            "argument_name": trigger.name,
        }
        match trigger.type:
            case "orchestrationTrigger":
                self._public(self.orchestrators, fields.get("orchestration") or name, common["callable"])
            case "entityTrigger":
                self._public(self.entities, fields.get("entityName") or name, common["callable"])
            case "httpTrigger" | "timerTrigger" | "activityTrigger":
                self._add_plain(name, function, fields, common)
            case other:
                self.others.append(OtherFunction(name, other, f"the trigger '{other}' is not served here"))

    def _add_plain(self, name: str, function: Any, fields: dict[str, Any], common: dict[str, Any]) -> None:
        bindings = [binding for binding in function.get_bindings() if binding is not function.get_trigger()]
        foreign = [b for b in bindings if b.type not in {"durableClient", "http"}]
        if foreign:
            reason = f"its binding '{foreign[0].name}' of type '{foreign[0].type}' is not served here"
            self.others.append(OtherFunction(name, fields["type"], reason))
            return
        clients = tuple(
            ClientBinding(b.name, said.get("taskHub"), said.get("connectionName"))
            for b in bindings
            if b.type == "durableClient"
            for said in (b.get_dict_repr(),)
        )
        outputs = {b.name for b in bindings if b.type == "http"}
        expected = {common["argument_name"], *(client.parameter for client in clients), *(outputs - {"$return"})}
        common |= {"wants_context": _check_parameters(name, common["callable"], expected), "clients": clients}
        if outputs - {"$return"}:
            reason = "its HTTP output is a parameter, not $return: not served here"
            self.others.append(OtherFunction(name, fields["type"], reason))
        elif fields["type"] == "httpTrigger":
            self.http.append(
                HttpFunction(
                    name=name,
                    route=fields.get("route", name),
                    methods=_methods(fields.get("methods")),
                    auth_level=_text(fields.get("authLevel", "function")).lower(),
                    has_return="$return" in outputs,
                    **common,
                )
            )
        elif fields["type"] == "timerTrigger":
            self.timers.append(
                TimerFunction(
                    name=name,
                    schedule=self._resolved(name, fields["schedule"]),
                    run_on_startup=bool(fields.get("runOnStartup", False)),
                    use_monitor=fields.get("useMonitor") is not False,
                    **common,
                )
            )
        else:
            public = fields.get("activity") or name
            self._public(self.activities, public, ActivityFunction(name=public, function_name=name, **common))

    def _resolved(self, name: str, text: str) -> str:
        try:
            return resolve_settings(text, self._environment)
        except ConfigError as error:
            raise LoadError(f"the schedule of '{name}': {error}") from None

    @staticmethod
    def _public(table: dict[str, Any], name: str, value: Any) -> None:
        if name in table:
            raise LoadError(f"two durable functions of one kind have the name '{name}'")
        table[name] = value


def _check_parameters(name: str, function: UserFunction, bound: set[str]) -> bool:
    """Check the worker's rule: bindings and parameters but `context` are the same. True where it wants `context`."""
    parameters = set(inspect.signature(function).parameters)
    wants_context = "context" in parameters and "context" not in bound
    if wants_context:
        parameters.remove("context")
        annotation = _annotations(name, function).get("context")
        if annotation is not None and getattr(annotation, "__name__", "") != "Context":
            raise LoadError(f"the parameter 'context' of '{name}' must be an azure.functions.Context")
    if parameters - bound:
        raise LoadError(f"parameters of '{name}' have no binding: {', '.join(sorted(parameters - bound))}")
    if bound - parameters:
        raise LoadError(f"bindings of '{name}' have no parameter: {', '.join(sorted(bound - parameters))}")
    return wants_context


def _annotations(name: str, function: UserFunction) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception as error:
        raise LoadError(f"the annotations of '{name}' cannot be resolved: {error}") from error


def _methods(values: list[Any] | None) -> frozenset[str] | None:
    return frozenset(_text(value).upper() for value in values) if values else None


def _text(value: Any) -> str:
    return str(getattr(value, "value", value))


def _disabled(name: str, environment: Mapping[str, str]) -> bool:
    values = (environment.get(f"AzureWebJobs{dot}{name}{dot}Disabled", "") for dot in (".", "__", "_"))
    return any(value.strip().lower() in {"1", "true"} for value in values)
