"""The benchmark campaign: 20 kB of HTML with 20 links and 10 merge fields, and people to get it.

Made up, and the same every time, so that figures of different days can be compared.
"""

from collections.abc import Iterator
from pathlib import Path

FIELDS = ("first_name", "last_name", "city", "plan", "company", "country", "points", "level",
          "agent", "renewal")  # fmt: skip
LINKS = 20
BYTES = 20_000
SUBJECT = 'News for {{ first_name | default: "you" }}'

_VALUES = {
    "first_name": "Ana", "last_name": "Marković", "city": "Ljubljana", "plan": "plus",
    "company": "Marković & Daughters", "country": "Slovenia", "points": "1280", "level": "gold",
    "agent": "Ben Achterberg", "renewal": "1 May",
}  # fmt: skip
_GREETING = (
    '<p style="margin:0 0 12px">Dear {{ first_name | default: "friend" }} {{ last_name }} of '
    "{{ company }}, {{ city }}, {{ country }}: you have {{ points }} points on the {{ plan }} plan,"
    " level {{ level }}. It renews on {{ renewal }}; {{ agent }} is there for you.</p>"
)
_CELL = (
    'style="padding:8px 24px;font-family:Helvetica,Arial,sans-serif;font-size:16px;'
    'line-height:24px;color:#222244;background-color:#ffffff;border-bottom:1px solid #dddddd"'
)
_BUTTON = (
    'style="display:inline-block;padding:10px 18px;border-radius:4px;background:#224466;'
    'color:#ffffff;font-weight:bold;text-decoration:none"'
)
_ARTICLE = (
    '<tr><td align="left" valign="top"><table role="presentation" width="100%" cellpadding="0"'
    ' cellspacing="0" border="0"><tr><td align="left" valign="top" {cell}><h2>Story {n}</h2>'
    "<p>{text}</p></td></tr><tr><td {cell}>"
    '<a {button} href="https://shop.test/stories/{n}?from=news&amp;place={n}">Read story {n}</a>'
    "</td></tr></table></td></tr>\n"
)
_WORDS = (
    "The garden shop opens an hour earlier from Monday, and the first fifty visitors take home a "
    "small bag of wild flower seeds. We tried eleven new kinds of tomato, and three were good. "
)


def html() -> str:
    """The campaign's source, about BYTES long: a quarter of it words, the rest markup."""
    head = (
        '<!doctype html><html><head><meta charset="utf-8"><title>News</title>\n'
        "<style>@media (max-width:600px){td{padding:8px}}</style></head><body>\n"
    )
    end = (
        "</table>\n<p>To hear no more from us, "
        '<a href="{{ unsubscribe_url }}">unsubscribe</a>.</p></body></html>\n'
    )
    frame = len(head) + len(_GREETING) + len(end) + LINKS * len(_article(1, ""))
    each = (BYTES - frame) // LINKS
    articles = "".join(_article(n + 1, (2 * _WORDS)[:each]) for n in range(LINKS))
    return f"{head}{_GREETING}<table>\n{articles}{end}"


def _article(n: int, text: str) -> str:
    return _ARTICLE.format(n=n, text=text, cell=_CELL, button=_BUTTON)


def write_people(file: Path, count: int, domains: tuple[str, ...]) -> None:
    """A CSV of so many people, spread evenly over the domains."""
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(_rows(count, domains))


def _rows(count: int, domains: tuple[str, ...]) -> Iterator[str]:
    yield f"email,{','.join(FIELDS)}\n"
    values = ",".join(_VALUES[name] for name in FIELDS)
    for n in range(count):
        yield f"p{n}@{domains[n % len(domains)]},{values}\n"
