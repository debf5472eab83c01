"""Liquid under limits: check a template, render it for one person. It reads no files."""

from collections.abc import Mapping
from functools import wraps
from typing import Any

import liquid
from liquid import exceptions
from liquid.filter import liquid_filter

from sendoff.campaigns import shield
from sendoff.campaigns.problems import ContentError, RenderError

MAX_LOOPS = 10_000
MAX_OUTPUT = 2_000_000  # characters
MAX_NAMESPACE = 100_000  # bytes of assigned values
MAX_DEPTH = 20
MAX_VALUE = 200_000  # characters that one filter may make
MAX_NUMBER = 10**18

_GROWING = ("replace", "append", "prepend", "join", "times")
_CLOSED_BY = {
    name: f"end{name}"
    for name in ("if", "unless", "case", "for", "tablerow", "capture", "ifchanged")
}
_ENDS = {end: name for name, end in _CLOSED_BY.items()}
_FOREIGN = " Templates in another language than Liquid can be sent with merge fields switched off."


class _Environment(liquid.Environment):
    loop_iteration_limit = MAX_LOOPS
    output_stream_limit = MAX_OUTPUT
    local_namespace_limit = MAX_NAMESPACE
    context_depth_limit = MAX_DEPTH
    block_nesting_limit = MAX_DEPTH


def _environment(autoescape: bool) -> _Environment:
    environment = _Environment(autoescape=autoescape, tolerance=liquid.Mode.STRICT)
    for tag in ("include", "render", "extends", "block", "macro", "call", "doc"):
        environment.tags.pop(tag, None)
    for name, plain in list(environment.filters.items()):
        environment.filters[name] = _bounded(name, plain)
    if not autoescape:  # a text part has nothing to escape
        environment.filters["escape"] = environment.filters["escape_once"] = _as_it_is
    return environment


class Template:
    """One checked template. `html`: merged values are escaped for HTML."""

    def __init__(self, source: str, html: bool) -> None:
        self._source = source
        self._template = (_HTML if html else _TEXT).from_string(source)

    def render(self, fields: Mapping[str, object]) -> str:
        """The text for one person. RenderError where a limit is passed or a value does not fit."""
        try:
            return str(self._template.render(fields))
        except exceptions.LiquidError as error:
            line, tag = _place(self._source, error)
            where = f"Line {line}" + (f", {tag}" if tag else "")
            raise RenderError(f"{where}: {_why(error)}.") from None
        except RecursionError:
            raise RenderError(f"The template is nested deeper than {MAX_DEPTH} levels.") from None


def check(source: str, place: str = "Content") -> None:
    """ContentError where the source is not Liquid; its sentence names the line and the tag."""
    _check_blocks(source, place)
    try:
        unknown = sorted(set(_HTML.from_string(source).analyze().filters) - set(_HTML.filters))
    except exceptions.LiquidError as error:
        line, tag = _place_of_mistake(source, error)
        hint = _FOREIGN if tag.startswith("{{") else ""
        raise ContentError(line, tag, f"{_why(error)}.{hint}", place) from None
    except RecursionError:
        sentence = f"The template is nested deeper than {MAX_DEPTH} levels."
        raise ContentError(0, "", sentence, place) from None
    for name in unknown:
        at = next(tag for tag in shield.scan(source) if name in tag.expression)
        line = line_of(source, at.start)
        raise ContentError(line, _shown(at), f"There is no filter named {name}.", place)


def used_names(source: str) -> set[str]:
    """The names of fields that a checked template reads, those it assigns itself left out."""
    analysis = _HTML.from_string(source).analyze()
    return {str(name) for name in analysis.globals}


def line_of(source: str, at: int) -> int:
    return source.count("\n", 0, max(at, 0)) + 1


def _check_blocks(source: str, place: str) -> None:
    """Name the tag that is never closed: the parser would only point at the end."""
    opened: list[shield.Tag] = []
    for tag in shield.scan(source):
        if tag.name in _CLOSED_BY:
            opened.append(tag)
        elif tag.name in _ENDS:
            if not opened or opened[-1].name != _ENDS[tag.name]:
                sentence = f"Nothing that {tag.name} could close is open here."
                raise ContentError(line_of(source, tag.start), tag.text, sentence, place)
            opened.pop()
        if len(opened) > MAX_DEPTH:
            sentence = f"Blocks are nested deeper than {MAX_DEPTH} levels."
            raise ContentError(line_of(source, tag.start), tag.text, sentence, place)
    if opened:
        tag = opened[-1]
        sentence = f"This is never closed; write {{% {_CLOSED_BY[tag.name]} %}} where it ends."
        raise ContentError(line_of(source, tag.start), tag.text, sentence, place)


def _place(source: str, error: exceptions.LiquidError) -> tuple[int, str]:
    """Line and text of the tag that an error is about."""
    at = error.token.start_index if error.token else 0
    before = [tag for tag in shield.scan(source) if tag.start <= at]
    if not before:
        return line_of(source, at), ""
    return line_of(source, before[-1].start), _shown(before[-1])


def _place_of_mistake(source: str, error: exceptions.LiquidError) -> tuple[int, str]:
    """The same for syntax; where the parser points nowhere, the first tag that is wrong alone."""
    at = error.token.start_index if error.token else -1
    tags = shield.scan(source)
    covering = [tag for tag in tags if tag.start <= at < tag.end]
    for tag in covering or tags:
        if covering or not _stands_alone(tag):
            return line_of(source, tag.start), _shown(tag)
    after = tags[-1].end if tags else 0
    at = max(source.find("{{", after), source.find("{%", after), 0)
    return line_of(source, at), " ".join(source[at : at + 20].split())


def _stands_alone(tag: shield.Tag) -> bool:
    """Whether a tag can be read by itself; parts of blocks get the benefit of the doubt."""
    closing = _CLOSED_BY.get(tag.name)
    if tag.name and not closing and tag.name != "assign":
        return True
    try:
        _HTML.from_string(tag.text + (f"{{% {closing} %}}" if closing else ""))
    except exceptions.LiquidError:
        return False
    return True


def _shown(tag: shield.Tag) -> str:
    text = " ".join(tag.text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _why(error: exceptions.LiquidError) -> str:
    for kind, sentence in _LIMITS.items():
        if isinstance(error, kind):
            return sentence
    words = " ".join(str(error.message or "it can not be read").split()).rstrip(".")
    return words[:1].upper() + words[1:]


_LIMITS: dict[type[exceptions.LiquidError], str] = {
    exceptions.LoopIterationLimitError: f"The loops go round more than {MAX_LOOPS:,} times",
    exceptions.OutputStreamLimitError: f"It writes more than {MAX_OUTPUT:,} characters",
    exceptions.LocalNamespaceLimitError: f"It stores more than {MAX_NAMESPACE:,} bytes",
    exceptions.ContextDepthError: f"It is nested deeper than {MAX_DEPTH} levels",
}


@liquid_filter
def _as_it_is(value: object) -> object:
    return value


def _bounded(name: str, plain: Any) -> Any:
    """A filter that refuses before it would make something huge, and never fails otherwise."""

    @wraps(plain)
    def bounded(value: object, *given: object, **named: object) -> object:
        too_long = any(isinstance(v, range) and len(v) > MAX_LOOPS for v in (value, *given))
        limit = MAX_NUMBER if name == "times" else MAX_VALUE
        if too_long or (name in _GROWING and _size(name, value, given) > limit):
            raise _refusal(f"The filter {name} would make more than it may")
        try:
            return plain(value, *given, **named)
        except (ArithmeticError, AttributeError, LookupError, MemoryError, ValueError):
            raise _refusal(f"The filter {name} can not be used on this value") from None

    return bounded


def _refusal(sentence: str) -> exceptions.FilterArgumentError:
    return exceptions.FilterArgumentError(sentence, token=None)


def _size(name: str, value: object, given: tuple[object, ...]) -> float:
    """How large the result of a filter would be: characters, or the number itself."""
    if name == "times":
        return abs(_number(value)) * abs(_number(given[0] if given else 0))
    first = len(str(given[0])) if given else 0
    if name == "replace" and given:
        count = str(value).count(str(given[0]))
        return len(str(value)) + count * len(str(given[1] if len(given) > 1 else ""))
    if name == "join":
        items = value if isinstance(value, list | tuple) else [value]
        return sum(len(str(item)) + first for item in items)
    return len(str(value)) + first


def _number(value: object) -> float:
    try:
        return float(str(value))
    except (ValueError, OverflowError):
        return 0.0


_HTML = _environment(autoescape=True)
_TEXT = _environment(autoescape=False)
