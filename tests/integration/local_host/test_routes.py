"""Which function answers which address, as Azure decides it."""

from __future__ import annotations

import pytest

from local.host.app import HttpFunction
from local.host.routes import BadPathError, RouteTable, decode_path
from local.host.template import TemplateError, parse_template


def _function(route: str, *methods: str) -> HttpFunction:
    return HttpFunction(
        name=route,
        callable=print,
        is_async=False,
        argument_name="req",
        route=route,
        methods=frozenset(methods) or None,
        auth_level="anonymous",
        has_return=True,
    )


def _find(routes: list[str], path: str, *, prefix: str = "", method: str = "GET") -> tuple[str, dict[str, str]] | None:
    match = RouteTable(tuple(_function(*route.split()) for route in routes), prefix).match(method, path)
    return (match.function.route, dict(match.parameters)) if match else None


@pytest.mark.parametrize(
    ("routes", "path", "expected"),
    [
        (["menus"], "/menus", ("menus", {})),
        (["menus"], "/menus/", ("menus", {})),
        (["menus"], "/MENUS", ("menus", {})),
        (["Menus/Open"], "/menus/open", ("Menus/Open", {})),
        (["menus"], "/menus/x", None),
        (["menus"], "/", None),
        (["/menus/"], "/menus", ("/menus/", {})),
        (["menus/{id}"], "/menus/AbC", ("menus/{id}", {"id": "AbC"})),
        (["menus/{id}"], "/menus", None),
        (["menus/{id}"], "/menus/", None),
        (["menus/{id}/items"], "/menus//items", None),
        # A literal wins over a parameter, whatever the order of definition.
        (["a/{x}", "a/b"], "/a/b", ("a/b", {})),
        (["a/b", "a/{x}"], "/a/c", ("a/{x}", {"x": "c"})),
        (["{x}/b", "a/{y}"], "/a/b", ("a/{y}", {"y": "b"})),
        (["{x}/b", "a/c"], "/a/b", ("{x}/b", {"x": "a"})),
        (["a/{x}/c", "a/b/{y}"], "/a/b/d", ("a/b/{y}", {"y": "d"})),
        (["a/{x}/c", "a/b/d"], "/a/b/c", ("a/{x}/c", {"x": "b"})),
        # A constrained parameter wins over a free one, and both over a catch-all.
        (["a/{x}", "a/{n:int}"], "/a/5", ("a/{n:int}", {"n": "5"})),
        (["a/{x}", "a/{n:int}"], "/a/five", ("a/{x}", {"x": "five"})),
        (["{*path}", "a/{x}"], "/a/b", ("a/{x}", {"x": "b"})),
        (["{*path}", "a/{x}"], "/a/b/c", ("{*path}", {"path": "a/b/c"})),
        (["{*path}"], "/", ("{*path}", {})),
        (["{*path}"], "/a/b/", ("{*path}", {"path": "a/b/"})),
        (["{*path}", "a"], "/a/", ("a", {})),
        (["files/{*path}"], "/files", ("files/{*path}", {})),
        (["files/{*path}"], "/files/x//y", ("files/{*path}", {"path": "x//y"})),
        (["{**path}"], "/a/b", ("{**path}", {"path": "a/b"})),
        (["files/{*path:minlength(3)}"], "/files/x", None),
        # Optional parameters and defaults.
        (["a/{x?}"], "/a", ("a/{x?}", {})),
        (["a/{x?}"], "/a/", ("a/{x?}", {})),
        (["a/{x?}"], "/a/1", ("a/{x?}", {"x": "1"})),
        (["a/{x?}", "a"], "/a", ("a", {})),
        (["a/{n:int?}"], "/a", ("a/{n:int?}", {})),
        (["a/{n:int?}"], "/a/x", None),
        (["a/{n:int}/{rest?}"], "/a/7", ("a/{n:int}/{rest?}", {"n": "7"})),
        (["a/{x=home}"], "/a", ("a/{x=home}", {"x": "home"})),
        (["{a=1}/{b=2}"], "/", ("{a=1}/{b=2}", {"a": "1", "b": "2"})),
        (["{*path=index}"], "/", ("{*path=index}", {"path": "index"})),
        # Segments with more than one part.
        (["{name}.{ext}"], "/a.b.c", ("{name}.{ext}", {"name": "a.b", "ext": "c"})),
        (["{name}.{ext?}"], "/readme", ("{name}.{ext?}", {"name": "readme"})),
        (["{name}.{ext?}"], "/a.b", ("{name}.{ext?}", {"name": "a", "ext": "b"})),
        (["v{major:int}.{minor:int}/x"], "/v1.20/x", ("v{major:int}.{minor:int}/x", {"major": "1", "minor": "20"})),
        (["v{major:int}/x"], "/vx/x", None),
        (["order-{id}"], "/ORDER-5", ("order-{id}", {"id": "5"})),
        (["{{x}}"], "/{x}", ("{{x}}", {})),
        # Ten thousand routes or one: the parameter's value keeps its case.
        (["Restaurants/{id}/Menus"], "/restaurants/AbC/menus/", ("Restaurants/{id}/Menus", {"id": "AbC"})),
    ],
)
def test_the_closest_description_of_a_path_wins(
    routes: list[str], path: str, expected: tuple[str, dict[str, str]] | None
) -> None:
    assert _find(routes, path) == expected


def test_a_method_that_a_route_does_not_list_goes_on_to_the_next_route() -> None:
    table = RouteTable((_function("a", "GET"), _function("{x}", "POST"), _function("{*path}")), "")

    def name(method: str) -> str | None:
        match = table.match(method, "/a")
        return match.function.name if match else None

    assert [name(method) for method in ("GET", "POST", "HEAD")] == ["a", "{x}", "{*path}"]
    assert RouteTable((_function("a", "GET"),), "").match("HEAD", "/a") is None


@pytest.mark.parametrize(("prefix", "path"), [("api", "/API/menus"), ("", "/menus"), ("api/v1", "/api/v1/menus")])
def test_the_prefix_stands_before_every_route(prefix: str, path: str) -> None:
    assert _find(["menus"], path, prefix=prefix) == ("menus", {})
    assert _find(["menus"], "/other" + path, prefix=prefix) is None


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        ("int", ["0", "-5", "+7", "2147483647"], ["", "5.0", "2147483648", "x", "1_000", "٣"]),
        ("long", ["9223372036854775807"], ["9223372036854775808", "1e3"]),
        ("bool", ["true", "FALSE"], ["1", "yes"]),
        ("decimal", ["1.5", "-.5", "7"], ["1e3", "x"]),
        ("double", ["1.5", "1e3"], ["x"]),
        ("float", ["1.5"], ["1.5.2"]),
        ("guid", ["CD2C1638-1638-72D5-1638-DEADBEEF1638", "cd2c1638163872d51638deadbeef1638"], ["cd2c1638", "x"]),
        ("datetime", ["2016-12-31", "12-31-2016", "2016-12-31T07:32:00"], ["20161231", "2016-13-01", "x"]),
        ("alpha", ["abc", "ABC"], ["ab1", "é"]),
        ("length(3)", ["abc"], ["ab", "abcd"]),
        ("length(2,3)", ["ab", "abc"], ["a", "abcd"]),
        ("minlength(2)", ["ab"], ["a"]),
        ("maxlength(2)", ["ab"], ["abc"]),
        ("min(5)", ["5"], ["4", "x"]),
        ("max(5)", ["-1"], ["6"]),
        ("range(1,5)", ["1", "5"], ["0", "6", "x"]),
        ("regex(^[a-f0-9]{{4}}$)", ["00ff", "00FF"], ["00fg", "00ff0"]),
        ("alpha:minlength(3)", ["abc"], ["ab", "ab1"]),
        ("required", ["x"], []),
        ("file", ["a.txt"], ["a"]),
        ("nonfile", ["a"], ["a.txt"]),
    ],
)
def test_a_constraint_decides_whether_a_route_is_meant(constraint: str, good: list[str], bad: list[str]) -> None:
    route = "x/{value:" + constraint + "}"
    for value in good:
        assert _find([route], f"/x/{value}") == (route, {"value": value})
    for value in bad:
        assert _find([route], f"/x/{value}") is None


@pytest.mark.parametrize(
    "route",
    [
        "{x",
        "x}",
        "a//b",
        "{a}{b}",
        "{x}/{X}",
        "{*rest}/more",
        "{x?}/more",
        "{x:unknown}",
        "{x:int(5)}",
        "{x:regex([)}",
        "{}",
    ],
)
def test_a_route_that_cannot_be_read_is_refused(route: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(route)


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        (b"/a/b", "/a/b"),
        (b"/a%20b", "/a b"),
        (b"/a+b", "/a+b"),
        (b"/caf%C3%A9", "/café"),
        (b"/a%2Fb", "/a%2Fb"),
        (b"/a%2fb%20c", "/a%2fb c"),
        (b"/100%25", "/100%"),
        (b"/a%zz%20", "/a%zz "),
        (b"/%FF%20x", "/%FF x"),
        (b"/a/../b", "/b"),
        (b"/a/./b", "/a/b"),
        (b"/a/%2e%2e/b", "/b"),
        (b"/../b", "/b"),
        (b"/a/..", "/"),
        (b"/a/.b", "/a/.b"),
    ],
)
def test_a_path_is_decoded_once_and_keeps_its_encoded_slashes(raw: bytes, decoded: str) -> None:
    assert decode_path(raw) == decoded


@pytest.mark.parametrize("raw", [b"/a%00b", b"*", b""])
def test_a_path_that_no_server_takes_is_refused(raw: bytes) -> None:
    with pytest.raises(BadPathError):
        decode_path(raw)
