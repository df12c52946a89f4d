"""The description of the API: complete, valid, and its examples are what the routes take and give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from local.host.app import load_app
from shared import errors
from shared.api import examples
from shared.api.errors import Error
from shared.web import docs_ui, openapi, reading
from shared.web.openapi_answers import error_example, examples_of, examples_of_answer
from shared.web.routes import API_PREFIX, ROUTES, Route
from tests.worker import environment

ROOT = Path(__file__).parents[3]
TABLE = "shared/api/examples/"


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    """The table, after function_app.py was loaded as in Azure."""
    load_app(ROOT, {})
    return list(ROUTES)


@pytest.fixture(scope="module")
def document(routes: list[Route]) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(openapi.serialised())
    return described


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def answers(route: Route) -> Iterator[tuple[int, Any]]:
    """The successes of a route that have a JSON body that the route makes."""
    for status, hint in {route.status: route.reply, **route.replies}.items():
        if hint is not None and hint is not Any and hint is not bytes:
            yield status, hint


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_says_what_it_is_for(document: dict[str, Any]) -> None:
    told = {tag["name"] for tag in document["tags"] if tag["description"]}
    for operation in operations(document):
        name = operation["operationId"]
        assert 5 < len(operation["summary"]) < 100, name
        assert operation["description"].endswith("."), name
        assert set(operation["tags"]) <= told, f"{name}: say in shared/web/openapi.py what its area is for"
        for parameter in operation["parameters"]:
            assert parameter.get("description"), f"{name}: say in {TABLE} what {parameter['name']} is"


def test_it_cites_no_document_that_callers_do_not_have(document: dict[str, Any]) -> None:
    assert re.findall(r"\((?:contract|rules|design)\b[^)]*\)", json.dumps(document)) == []


def test_every_body_and_every_answer_has_an_example(routes: list[Route]) -> None:
    lacking = [f"{route.name}: {route.body}" for route in routes if route.body and not examples_of(route.body)]
    lacking += [
        f"{route.name} {status}: {hint}"
        for route in routes
        for status, hint in answers(route)
        if not examples_of_answer(route, status, hint)
    ]
    assert lacking == [], f"put an example into {TABLE}"


def test_the_examples_of_bodies_are_taken(routes: list[Route]) -> None:
    for route in routes:
        if route.body is None:
            continue
        for name, value in examples_of(route.body).items():
            read = reading.read_body(route.body, json.dumps(value).encode(), "application/json")
            # Nothing in an example is ignored.
            assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == value, (route.name, name)


def test_the_examples_of_answers_are_what_the_models_make(routes: list[Route]) -> None:
    for route in routes:
        for status, hint in answers(route):
            model: TypeAdapter[Any] = TypeAdapter(hint)
            for name, value in examples_of_answer(route, status, hint).items():
                made = json.loads(model.dump_json(model.validate_python(value), by_alias=True))
                assert made == value, (route.name, name)


def test_every_example_is_used(routes: list[Route]) -> None:
    described = {route.body for route in routes}
    described |= {model for route in routes for _, hint in answers(route) for model in _inside(hint)}
    assert set(examples.EXAMPLES) - described == set()
    assert set(examples.OF_ROUTES) <= {route.name for route in routes}
    assert set(examples.ERRORS) <= {code.code for code in openapi.catalogue()}
    assert set(examples.PATH_VALUES) == {name for route in routes for name in route.parameters}


def test_every_code_has_an_example_in_the_one_shape() -> None:
    for code in openapi.catalogue():
        value = error_example(code)
        read = Error.model_validate(value)
        assert json.loads(read.model_dump_json(by_alias=True, exclude_unset=True)) == value, code
        assert list(value)[:5] == ["statusCode", "message", "detail", "code", "requestId"]
        assert read.model_extra == {}, f"{code.code}: name its fields in shared/api/errors.py"


def test_every_code_of_a_route_is_told_with_its_sentence_and_an_example(
    routes: list[Route], document: dict[str, Any]
) -> None:
    for route in routes:
        told = document["paths"][f"/{route.path}"][route.method.lower()]["responses"]
        for code in route.refusals:
            answer = told[str(code.status)]
            assert f"`{code.code}`: {code.message}" in answer["description"]
            assert answer["content"]["application/json"]["examples"][code.code]["value"]["code"] == code.code
    elsewhere = document["components"]["responses"]["MethodNotAllowed"]
    assert elsewhere["content"]["application/json"]["examples"]["METHOD_NOT_ALLOWED"]["value"]["statusCode"] == 405
    for code in openapi.catalogue():
        assert f"| `{code.code}` | {code.status} | {code.message} |" in document["info"]["description"]


def test_every_example_fits_the_schema_beside_it(document: dict[str, Any]) -> None:
    registry: Registry[Any] = Registry().with_resource(
        "urn:api", Resource(contents=document, specification=DRAFT202012)
    )
    contents = [
        (operation["operationId"], media)
        for operation in operations(document)
        for place in (operation.get("requestBody", {}), *operation["responses"].values())
        for media in place.get("content", {}).values()
    ]
    contents += [
        (name, answer["content"]["application/json"]) for name, answer in document["components"]["responses"].items()
    ]
    assert len(contents) > 50
    for name, media in contents:
        schema = json.loads(json.dumps(media["schema"]).replace('"#/', '"urn:api#/'))
        validator = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for example in media.get("examples", {}).values():
            found = [error.message for error in validator.iter_errors(example["value"])]
            assert found == [], (name, example)


def test_a_code_that_no_route_may_answer_is_one_of_the_doors_beside_them(routes: list[Route]) -> None:
    used = {code for route in routes for code in route.refusals}
    assert set(openapi.catalogue()) - used == {
        errors.METHOD_NOT_ALLOWED,
        errors.SIGN_IN_NOT_SET_UP,
        errors.CODE_LEADS_NOWHERE,
    }


def test_the_pages_name_only_files_that_there_are(routes: list[Route]) -> None:
    paths = {route.path for route in routes}
    for page in docs_ui.PAGES:
        text = docs_ui.load(page).bytes.plain.decode()
        assert "<script>" not in text and "style=" not in text
        links = re.findall(r'(?:src|href|data-description)="(?!data:)([^"]*)"', text)
        assert len(links) >= 3
        for link in links:
            assert link.startswith(f"/{API_PREFIX}")
            path = link.removeprefix(f"/{API_PREFIX}")
            assert path in paths or path.removeprefix("docs/") in docs_ui.FILES, link
    for file in docs_ui.FILES:
        assert docs_ui.load(file).bytes.plain
    with pytest.raises(KeyError):
        docs_ui.load("../openapi.py")


def test_the_pages_are_deployed_with_their_licences(tmp_path: Path) -> None:
    published = environment.deployed_tree(tmp_path / "app") / "shared/web/docs_ui"
    there = {path.name for path in published.iterdir()}
    assert {*docs_ui.PAGES, *docs_ui.FILES} <= there
    assert {"swagger-ui.LICENSE.txt", "swagger-ui.NOTICE.txt", "redoc.LICENSE.txt"} <= there
    assert {f"{name}.LICENSE.txt" for name in ("swagger-ui-bundle.js", "redoc.standalone.js")} <= there


def _inside(hint: Any) -> Iterator[Any]:
    """The model itself, and what an envelope, a list or a union holds."""
    yield hint
    generic = getattr(hint, "__pydantic_generic_metadata__", None)
    arguments = generic["args"] if generic and generic["args"] else getattr(hint, "__args__", ())
    for argument in arguments:
        yield from _inside(argument)


def test_bounds_of_numbers_have_the_names_of_json_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    cents, _ = schemas["RefundRequest"]["properties"]["amountCents"]["anyOf"]
    assert cents == {"type": "integer", "minimum": 1, "maximum": 10_000_000}
    assert schemas["OriginRange"]["properties"]["to"]["minimum"] == 0
    assert not re.findall(r'"(?:ge|le|gt|lt)": *-?\d', json.dumps(document))
