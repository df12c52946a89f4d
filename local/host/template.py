"""Route templates, as in ASP.NET: literals, {parameter}, {parameter?}, {parameter=default}, {*rest}, {a}.{b}."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from local.host.constraints import Constraint, make_constraint


class TemplateError(ValueError):
    """A route template that cannot be read; the message says what is wrong with it."""


class Rank(IntEnum):
    """How closely a segment describes what it matches: the smaller one is tried first."""

    LITERAL = 1
    CONSTRAINED = 2
    PARAMETER = 3
    CONSTRAINED_REST = 4
    REST = 5


@dataclass(frozen=True, slots=True)
class Parameter:
    """One {…} of a template. `rest`: it takes the remaining path, slashes included, even when that is empty."""

    name: str
    constraints: tuple[Constraint, ...] = ()
    optional: bool = False
    default: str | None = None
    rest: bool = False

    @property
    def may_be_missing(self) -> bool:
        """Whether the path may end before this parameter."""
        return self.optional or self.rest or self.default is not None

    def accepts(self, value: str) -> bool:
        """Whether every constraint holds for `value`."""
        return all(constraint(value) for constraint in self.constraints)


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two slashes: a literal (lower case), one parameter, or a mix that `patterns` read."""

    rank: Rank
    literal: str = ""
    parameters: tuple[Parameter, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()

    @property
    def may_be_missing(self) -> bool:
        """Whether the path may end before this segment."""
        return not self.patterns and bool(self.parameters) and self.parameters[0].may_be_missing


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed route: `text` as written, and its segments."""

    text: str
    segments: tuple[Segment, ...]


def parse_template(text: str) -> Template:
    """Read a route template. Raises TemplateError, also for an unknown constraint."""
    stripped = text.removeprefix("~").strip("/")
    segments = tuple(_parse_segment(part, text) for part in _split(stripped, text)) if stripped else ()
    names = [parameter.name.lower() for segment in segments for parameter in segment.parameters]
    if len(set(names)) != len(names):
        raise TemplateError(f"route '{text}' has two parameters of one name")
    for segment in segments[:-1]:
        if segment.parameters and (segment.parameters[0].rest or segment.parameters[-1].optional):
            raise TemplateError(f"route '{text}': an optional or catch-all parameter must be the last segment")
    return Template(text, segments)


def _split(text: str, whole: str) -> list[str]:
    """Segments of a template; slashes inside braces (in a regex) do not separate."""
    parts, depth, start = [], 0, 0
    position = 0
    while position < len(text):
        character = text[position]
        if text.startswith(("{{", "}}"), position):
            position += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == "/" and depth == 0:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    parts.append(text[start:])
    if depth != 0 or "" in parts:
        raise TemplateError(f"route '{whole}' has unbalanced braces or an empty segment")
    return parts


def _parse_segment(text: str, whole: str) -> Segment:
    pieces = _pieces(text, whole)
    parameters = tuple(piece for piece in pieces if isinstance(piece, Parameter))
    if not parameters:
        return Segment(Rank.LITERAL, literal="".join(str(piece) for piece in pieces).lower())
    if len(pieces) == 1:
        only = parameters[0]
        constrained = bool(only.constraints)
        if only.rest:
            return Segment(Rank.CONSTRAINED_REST if constrained else Rank.REST, parameters=parameters)
        return Segment(Rank.CONSTRAINED if constrained else Rank.PARAMETER, parameters=parameters)
    if any(parameter.rest for parameter in parameters):
        raise TemplateError(f"route '{whole}': a catch-all parameter must be a segment of its own")
    return Segment(Rank.CONSTRAINED, parameters=parameters, patterns=_patterns(pieces, whole))


def _pieces(text: str, whole: str) -> list[str | Parameter]:
    """Literals and parameters of one segment, in order."""
    pieces: list[str | Parameter] = []
    literal, position = "", 0
    while position < len(text):
        if text.startswith(("{{", "}}"), position):
            literal += text[position]
            position += 2
        elif text[position] == "{":
            if literal:
                pieces.append(literal)
                literal = ""
            elif pieces:
                raise TemplateError(f"route '{whole}': two parameters need a literal between them")
            end = _closing_brace(text, position, whole)
            pieces.append(_parse_parameter(text[position + 1 : end].replace("{{", "{").replace("}}", "}"), whole))
            position = end + 1
        else:
            literal += text[position]
            position += 1
    if literal:
        pieces.append(literal)
    return pieces


def _closing_brace(text: str, start: int, whole: str) -> int:
    position = start + 1
    while position < len(text):
        if text.startswith(("{{", "}}"), position) and not _ends_here(text, position):
            position += 2
        elif text[position] == "}":
            return position
        else:
            position += 1
    raise TemplateError(f"route '{whole}' has unbalanced braces")


def _ends_here(text: str, position: int) -> bool:
    """Whether the first of two closing braces ends the parameter: an odd run of them does so with its last."""
    run = len(text) - position - len(text[position:].lstrip("}"))
    return text[position] == "}" and run == 1


def _parse_parameter(text: str, whole: str) -> Parameter:
    rest = text.startswith("*")
    name, *constraints = _split_constraints(text.lstrip("*"))
    default: str | None = None
    optional = False
    last = constraints[-1] if constraints else name
    if last.endswith("?"):
        optional, last = True, last[:-1]
    elif "=" in last and not last.startswith("regex("):
        last, _, default = last.partition("=")
    if constraints:
        constraints[-1] = last
    else:
        name = last
    if not re.fullmatch(r"[^/{}?*:=]+", name):
        raise TemplateError(f"route '{whole}': '{{{text}}}' has no proper name")
    try:
        checks = tuple(make_constraint(constraint) for constraint in constraints if constraint)
    except ValueError as error:
        raise TemplateError(f"route '{whole}': {error}") from None
    return Parameter(name, checks, optional=optional, default=default, rest=rest)


def _split_constraints(text: str) -> list[str]:
    """`id:int:range(1,5)` at its colons, but not at those inside parentheses."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == ":" and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _patterns(pieces: list[str | Parameter], whole: str) -> tuple[re.Pattern[str], ...]:
    """Regular expressions for a mixed segment; {name}.{ext?} has one with and one without its end."""
    last = pieces[-1]
    forms = [pieces]
    if isinstance(last, Parameter) and last.optional:
        if pieces[-2] != ".":
            raise TemplateError(f"route '{whole}': only a period may stand before an optional parameter")
        forms.append(pieces[:-2])
    return tuple(
        re.compile(
            "".join("(.+)" if isinstance(piece, Parameter) else re.escape(piece) for piece in form),
            re.IGNORECASE | re.DOTALL,
        )
        for form in forms
    )
