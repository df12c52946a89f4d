"""The parser: recursive descent over as much of the language as infra/ uses."""

from __future__ import annotations

import re

from tests.bicep.tree import Array, Combined, Constant, Declaration, Expr, File, Name, Obj, Text


class BicepError(Exception):
    """The text is not Bicep as we write it; the message begins with the line."""


def parse(text: str) -> File:
    """Parse a whole .bicep or .bicepparam file. Raises BicepError."""
    return _Parser(text).file()


TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)|(?P<number>\d+)|(?P<name>[A-Za-z_]\w*)
      |(?P<quote>')|(?P<sign>[=!<>]=|&&|\|\||\?\?|[@{}()\[\],.:?=!<>+\-*/%])""",
    re.VERBOSE | re.DOTALL,
)
BINARY = {"||": 1, "??": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "$": "$"}


class _Parser:
    """Recursive descent straight over the text; `self.kind` and `self.word` are the token that comes next."""

    def __init__(self, text: str) -> None:
        self.text, self.end = text, 0
        self.kind = self.word = ""
        self.start = 0
        self.advance()

    # Tokens

    def advance(self) -> str:
        """Step to the next token; returns the word left behind."""
        left = self.word
        while True:
            self.start = self.end
            if self.end == len(self.text):
                self.kind, self.word = "end", ""
                return left
            found = TOKEN.match(self.text, self.end)
            if found is None:
                raise self.error(f"unexpected {self.text[self.end]!r}")
            self.end = found.end()
            if found.lastgroup != "space":
                self.kind, self.word = str(found.lastgroup), found.group()
                return left

    def error(self, message: str) -> BicepError:
        return BicepError(f"line {self.line()}: {message}")

    def line(self) -> int:
        return self.text.count("\n", 0, self.start) + 1

    def take(self, word: str) -> bool:
        if self.kind in ("sign", "name") and self.word == word:
            self.advance()
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.error(f"expected {word!r}, found {self.word or 'the end'!r}")

    def name(self) -> str:
        if self.kind != "name":
            raise self.error(f"expected a name, found {self.word or 'the end'!r}")
        return self.advance()

    def skip_newlines(self) -> None:
        while self.kind == "newline":
            self.advance()

    def end_of_statement(self) -> None:
        if self.kind not in ("newline", "end"):
            raise self.error(f"expected the end of the line, found {self.word!r}")

    # Statements

    def file(self) -> File:
        declarations: list[Declaration] = []
        using: str | None = None
        self.skip_newlines()
        while self.kind != "end":
            decorators = self.decorators()
            line, keyword = self.line(), self.name()
            if keyword == "using":
                using = self.plain_text()
            elif keyword == "targetScope":
                self.expect("=")
                self.plain_text()
            else:
                found = self.declaration(keyword, line, decorators)
                if any(found.name == other.name and other.kind != "output" != found.kind for other in declarations):
                    raise self.error(f"{found.name} is declared twice")
                declarations.append(found)
            self.end_of_statement()
            self.skip_newlines()
        return File(tuple(declarations), using)

    def decorators(self) -> dict[str, tuple[Expr, ...]]:
        found: dict[str, tuple[Expr, ...]] = {}
        while self.take("@"):
            name = self.name()
            self.expect("(")
            found[name] = self.sequence(")")
            self.end_of_statement()
            self.skip_newlines()
        return found

    def declaration(self, keyword: str, line: int, decorators: dict[str, tuple[Expr, ...]]) -> Declaration:
        name = self.name()
        match keyword:
            case "param" if self.take("="):
                return Declaration("assign", name, line, value=self.expression())
            case "param":
                type_ = self.type()
                value = self.expression() if self.take("=") else None
                return Declaration("param", name, line, type_, value, decorators=decorators)
            case "output":
                type_ = self.type()
                self.expect("=")
                return Declaration("output", name, line, type_, self.expression(), decorators=decorators)
            case "var":
                self.expect("=")
                return Declaration("var", name, line, value=self.expression())
            case "resource" | "module":
                type_ = self.plain_text()
                existing = keyword == "resource" and self.take("existing")
                self.expect("=")
                body = self.expression()
                if not isinstance(body, Obj):
                    raise self.error(f"{name} needs a body")
                return Declaration(keyword, name, line, type_, body, existing, decorators)
        raise self.error(f"unknown statement {keyword!r}")

    def type(self) -> str:
        name = self.name()
        if self.take("["):
            self.expect("]")
            name += "[]"
        if name.removesuffix("[]") not in ("string", "int", "bool", "object", "array"):
            raise self.error(f"unknown type {name!r}")
        return name

    def plain_text(self) -> str:
        value = self.string() if self.kind == "quote" else None
        literal = value.literal() if value else None
        if literal is None:
            raise self.error("expected a plain string")
        return literal

    # Expressions

    def expression(self, level: int = 0) -> Expr:
        left = self.unary()
        while self.kind == "sign" and BINARY.get(self.word, 0) > level:
            sign = self.advance()
            left = Combined(sign, (left, self.expression(BINARY[sign])))
        if level == 0 and self.take("?"):
            then = self.expression()
            self.expect(":")
            left = Combined("?:", (left, then, self.expression()))
        return left

    def unary(self) -> Expr:
        if self.take("!"):
            return Combined("!", (self.unary(),))
        if self.take("-"):
            return Combined("-", (self.unary(),))
        return self.members(self.primary())

    def primary(self) -> Expr:
        if self.kind == "number":
            return Constant(int(self.advance()))
        if self.kind == "quote":
            return self.string()
        if self.kind == "name":
            return self.name_or_call()
        if self.take("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.take("["):
            return Array(self.sequence("]"))
        if self.take("{"):
            return self.object()
        raise self.error(f"expected a value, found {self.word or 'the end'!r}")

    def name_or_call(self) -> Expr:
        name = self.name()
        if name in ("true", "false", "null"):
            return Constant({"true": True, "false": False, "null": None}[name])
        return Combined(name, self.sequence(")")) if self.take("(") else Name((name,))

    def members(self, value: Expr) -> Expr:
        while True:
            if self.take("."):
                step = self.name()
                value = Name((*value.steps, step)) if isinstance(value, Name) else Combined(".", (value,))
            elif self.take("["):
                value = Combined("[]", (value, self.expression()))
                self.expect("]")
            else:
                return value

    def sequence(self, closing: str) -> tuple[Expr, ...]:
        """Values up to `closing`, parted by commas or new lines."""
        items: list[Expr] = []
        self.skip_newlines()
        while not self.take(closing):
            items.append(self.expression())
            self.separator(closing)
        return tuple(items)

    def separator(self, closing: str) -> None:
        parted = self.take(",") or self.kind == "newline"
        self.skip_newlines()
        if not parted and self.word != closing:
            raise self.error(f"expected {closing!r}, found {self.word or 'the end'!r}")

    def object(self) -> Obj:
        fields: dict[str, Expr] = {}
        computed: list[tuple[Expr, Expr]] = []
        self.skip_newlines()
        while not self.take("}"):
            key = self.string() if self.kind == "quote" else Text((self.name(),))
            self.expect(":")
            value, literal = self.expression(), key.literal()
            if literal is None:
                computed.append((key, value))
            elif literal in fields:
                raise self.error(f"{literal} is set twice")
            else:
                fields[literal] = value
            self.separator("}")
        return Obj(fields, tuple(computed))

    def string(self) -> Text:
        """A quoted string; the opening quote is the current token, so that `self.end` is just behind it."""
        if self.text.startswith("''", self.end):
            raise self.error("multi-line strings are not used here")
        parts: list[str | Expr] = []
        while True:
            found = re.compile(r"[^'\\$\n]*").match(self.text, self.end)
            parts.append(found.group() if found else "")
            self.end = self.start = found.end() if found else self.end
            if self.text.startswith("${", self.end):
                self.end += 2
                self.advance()
                parts.append(self.expression())
                if self.word != "}":
                    raise self.error("expected '}' in the string")
            elif self.text.startswith("\\", self.end) and self.text[self.end + 1 : self.end + 2] in ESCAPES:
                parts.append(ESCAPES[self.text[self.end + 1]])
                self.end += 2
            elif self.text.startswith("$", self.end):
                parts.append("$")
                self.end += 1
            elif self.text.startswith("'", self.end):
                self.end += 1
                self.advance()
                return Text(tuple(part for part in parts if part != ""))
            else:
                raise self.error("a string that does not end")
