"""No text of a request carries what would steer a terminal or turn the words beside it: all models are walked."""

from __future__ import annotations

import json
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.api.ordering import CartItem
from shared.api.paying import WalletDetails
from shared.web.routes import ROUTES

BAD = "a\x1b[2J\x07\x9b\u202e\u2066b"
CLEAN = "a[2Jb"

KEPT_BY_NOBODY = {
    **{
        f"{cart}.{name}": "is ignored"
        for cart in ("PreviewRequest", "CounterOrder")
        for name in ("transaction_details", "discount")
    },
    # A token has a shape of its own, so that none of the texts tried here is one.
    **{
        f"WalletDetails.{name}": "goes to the gateway as it is"
        for name in WalletDetails.model_fields
        if name != "token"
    },
    **{f"{upload}.file": "is the bytes of a picture" for upload in ("PictureUpload", "LogoUpload")},
}


@pytest.fixture(scope="module")
def models() -> list[type[BaseModel]]:
    """The bodies and queries of all routes, with all that they are made of."""
    load_app(PROJECT, {})
    found: dict[type[BaseModel], None] = {}

    def walk(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in found:
                found[annotation] = None
                for field in annotation.model_fields.values():
                    walk(field.annotation)
        elif get_origin(annotation) is not None:
            for argument in get_args(annotation):
                walk(argument)

    for route in ROUTES:
        walk(route.body)
        walk(route.query)
    return list(found)


def lets_through(field: FieldInfo) -> bool:
    """Whether a field takes a text, alone or in a list or an object, and leaves it as it is."""
    reader = TypeAdapter[Any](Annotated[field.annotation, *field.metadata, None])
    for sent in (BAD, [BAD], {BAD: BAD}, {"a": BAD}):
        try:
            read = reader.validate_json(json.dumps(sent))
        except ValidationError:
            continue
        if read not in (CLEAN, [CLEAN], {CLEAN: CLEAN}, {"a": CLEAN}) and not isinstance(read, BaseModel):
            return True
    return False


def test_no_field_of_any_request_lets_through_what_is_no_text(models: list[type[BaseModel]]) -> None:
    assert CartItem in models
    assert len(models) >= 12
    found = {
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if lets_through(field)
    }
    assert found == set(KEPT_BY_NOBODY)


def test_line_breaks_of_a_note_stay_and_everything_else_is_as_it_was_sent() -> None:
    item = CartItem.model_validate_json(json.dumps({"menuItemId": "x", "notes": "no nuts\r\n\tno שום \u202e!"}))
    assert item.notes == "no nuts\n\tno שום !"
