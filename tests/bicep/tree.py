"""What a Bicep file says, as frozen values, and what can be asked of an expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A string; `parts` are literal pieces and interpolated expressions."""

    parts: tuple[str | Expr, ...]

    def literal(self) -> str | None:
        """The string itself, or None where something is interpolated."""
        return "".join(map(str, self.parts)) if all(isinstance(part, str) for part in self.parts) else None


@dataclass(frozen=True)
class Constant:
    value: int | bool | None


@dataclass(frozen=True)
class Name:
    """A name with its members: `storage.outputs.name` is ("storage", "outputs", "name")."""

    steps: tuple[str, ...]


@dataclass(frozen=True)
class Combined:
    """A call, an operator or an index: `operator` is the function's name or the sign."""

    operator: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True)
class Array:
    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Obj:
    fields: dict[str, Expr]
    computed: tuple[tuple[Expr, Expr], ...] = ()
    """Fields whose key is interpolated."""

    def at(self, *path: str) -> Expr:
        """The value below the named fields. Raises KeyError."""
        value: Expr = self
        for step in path:
            if not isinstance(value, Obj):
                raise KeyError(step)
            value = value.fields[step]
        return value


Expr = Text | Constant | Name | Combined | Array | Obj


@dataclass(frozen=True)
class Declaration:
    """One statement: kind is param, var, resource, module, output or assign (in a parameter file)."""

    kind: str
    name: str
    line: int
    type: str = ""
    """A parameter's or output's type, a resource's type with its version, or a module's path."""
    value: Expr | None = None
    existing: bool = False
    decorators: dict[str, tuple[Expr, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    declarations: tuple[Declaration, ...]
    using: str | None = None

    def of(self, kind: str) -> dict[str, Declaration]:
        return {found.name: found for found in self.declarations if found.kind == kind}


def inside(value: Expr | None) -> Iterator[Expr]:
    """The expression and everything in it, in order of appearance."""
    if value is None:
        return
    yield value
    match value:
        case Text(parts=parts):
            children = [part for part in parts if not isinstance(part, str)]
        case Combined(operands=operands) | Array(items=operands):
            children = list(operands)
        case Obj(fields=fields, computed=computed):
            children = [*fields.values(), *(each for pair in computed for each in pair)]
        case _:
            return
    for child in children:
        yield from inside(child)


def names(value: Expr | None) -> Iterator[Name]:
    """Every name that an expression uses."""
    return (found for found in inside(value) if isinstance(found, Name))


def calls(value: Expr | None) -> Iterator[str]:
    """Every function that an expression calls."""
    return (found.operator for found in inside(value) if isinstance(found, Combined) and found.operator.isidentifier())
