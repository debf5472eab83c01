"""Make up the people of a demo: the same every time, spread by share. Nobody here is real."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from recipients.personality import Personality

COLUMNS = ("email", "first_name", "last_name", "city", "plan")

FIRST = (
    "Amara", "Ada", "Aiko", "Alba", "Anders", "Anjali", "Arjun", "Asha", "Astrid", "Ayşe", "Bao",
    "Beatriz", "Bilal", "Björn", "Camille", "Carlos", "Chiara", "Chidi", "Clara", "Daan", "Dalia",
    "Diego", "Dina", "Elif", "Elin", "Emeka", "Emil", "Esra", "Eva", "Farid", "Fatima", "Femi",
    "Freya", "Gabriel", "Grace", "Hana", "Hassan", "Heidi", "Hugo", "Ines", "Isla", "Ivan", "Jana",
    "Jonas", "Joaquín", "Juno", "Kaito", "Karim", "Katya", "Kofi", "Lars", "Leila", "Lena", "Liam",
    "Lucía", "Luka", "Maja", "Malik", "Mei", "Milan", "Mira", "Nadia", "Naoki", "Nia", "Nils",
    "Noor", "Olga", "Omar", "Oscar", "Paola", "Petra", "Priya", "Quinn", "Rafael", "Ravi", "Rosa",
    "Ruben", "Sami", "Sara", "Selma", "Sofia", "Sven", "Tariq", "Thandi", "Theo", "Tomás", "Uma",
    "Vera", "Viktor", "Wei", "Yara", "Yuki", "Yusuf", "Zainab", "Zoë",
)  # fmt: skip
LAST = (
    "Abara", "Adeyemi", "Aguilar", "Ahmed", "Almeida", "Andersson", "Bakker", "Banerjee", "Bauer",
    "Berg", "Bianchi", "Castro", "Chen", "Costa", "Dahl", "Demir", "Diallo", "Duarte", "Eriksen",
    "Farah", "Fischer", "Fontaine", "García", "Gupta", "Haddad", "Hansen", "Hoang", "Horvat",
    "Ibrahim", "Ito", "Jansen", "Jensen", "Kamau", "Kaya", "Keller", "Khan", "Kowalska", "Kovač",
    "Larsen", "Leroy", "Lindqvist", "López", "Mancini", "Mbeki", "Mensah", "Meyer", "Moreau",
    "Müller", "Nakamura", "Nguyen", "Novak", "Nowak", "O'Brien", "Okafor", "Olsen", "Oyelaran",
    "Park", "Pereira", "Petrov", "Popescu", "Rao", "Ricci", "Rossi", "Ruiz", "Sato", "Schmidt",
    "Sharma", "Silva", "Singh", "Sørensen", "Suzuki", "Takahashi", "Tanaka", "Torres", "Tran",
    "Usman", "Van Dijk", "Vargas", "Virtanen", "Wagner", "Weber", "Wójcik", "Yamada", "Yılmaz",
    "Zhang",
)  # fmt: skip
CITIES = (
    "Accra", "Amsterdam", "Ankara", "Antwerp", "Athens", "Bergen", "Bilbao", "Bogotá", "Bologna",
    "Bremen", "Brno", "Cairo", "Cork", "Dakar", "Gdańsk", "Ghent", "Graz", "Hanoi", "Izmir",
    "Kyoto", "Lagos", "Leeds", "León", "Lima", "Ljubljana", "Lyon", "Malmö", "Mombasa", "Nagoya",
    "Nantes", "Odense", "Osaka", "Porto", "Pune", "Quito", "Riga", "Rosario", "Tampere", "Tunis",
    "Turin", "Utrecht", "Valencia", "Zagreb", "Zürich",
)  # fmt: skip
PLANS = ("free", "free", "free", "starter", "starter", "plus")

ANA = ("greypost.test", ("ana", "Ana", "Marković", "Ljubljana", "plus"))
BEN = ("lastdot.test", ("ben", "Ben", "Achterberg", "Utrecht", "starter"))
CY = ("gmall.test", ("cy", "Cy", "Nakamura-Lund", "Bergen", "free"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row of the list."""

    email: str
    first_name: str
    last_name: str
    city: str
    plan: str


def write(people: Iterator[Person], out: TextIO) -> None:
    """The list as CSV with a header line."""
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows([getattr(person, column) for column in COLUMNS] for person in people)


def people(count: int, personalities: tuple[Personality, ...]) -> Iterator[Person]:
    """Ana, Ben and Cy first, then others; always the same for the same count and providers."""
    taken: set[str] = set()
    domains = {domain for p in personalities for domain in p.domains}
    named = [who for who in (ANA, BEN, CY) if who[0] in domains][:count]
    for domain, (local, first, last, city, plan) in named:
        taken.add(f"{local}@{domain}")
        yield _person(f"{local}@{domain}", (first, last), city, plan)
    places = _places(personalities)
    quotas = _quotas(count - len(named), [share for _, _, share in places])
    for number, (domain, prefix) in enumerate(_mixed(places, quotas), 1):
        yield _stranger(number, domain, prefix, taken)


def _places(personalities: tuple[Personality, ...]) -> list[tuple[tuple[str, ...], str, int]]:
    """Where people live: domains, prefix of the local part, share."""
    places: list[tuple[tuple[str, ...], str, int]] = []
    for one in personalities:
        places.append((one.domains, "", one.share))
        places += [((one.domains[0],), f"{s.local}-", s.share) for s in one.specials]
    return [place for place in places if place[2]]


def _quotas(count: int, shares: list[int]) -> list[int]:
    """Whole numbers that add up to `count`, as near to the shares as may be, at least 1 each."""
    whole = sum(shares)
    least = 1 if count >= len(shares) else 0
    quotas = [max(least, count * share // whole) for share in shares]
    largest = sorted(range(len(shares)), key=lambda n: -shares[n])
    turn = 0
    while sum(quotas) != count:
        n = largest[turn % len(largest)]
        step = 1 if sum(quotas) < count else -1
        quotas[n] = max(least, quotas[n] + step)
        turn += 1
    return quotas


def _mixed(
    places: list[tuple[tuple[str, ...], str, int]], quotas: list[int]
) -> Iterator[tuple[str, str]]:
    """The places of all people, spread evenly through the list and not in blocks."""
    spread = []
    for n, ((domains, prefix, _), quota) in enumerate(zip(places, quotas, strict=True)):
        for k in range(quota):
            spread.append(((k + 0.5) / quota, n, domains[k % len(domains)], prefix))
    for _, _, domain, prefix in sorted(spread):
        yield domain, prefix


def _stranger(number: int, domain: str, prefix: str, taken: set[str]) -> Person:
    first = FIRST[number * 37 % len(FIRST)]
    last = LAST[(number * 53 + number // len(FIRST)) % len(LAST)]
    base = f"{prefix}{_plain(first)}.{_plain(last)}"
    email = f"{base}@{domain}"
    more = 2
    while email in taken:
        email = f"{base}{more}@{domain}"
        more += 1
    taken.add(email)
    plan = PLANS[number * 7 % len(PLANS)]
    return _person(email, (first, last), CITIES[number * 29 % len(CITIES)], plan)


def _person(email: str, name: tuple[str, str], city: str, plan: str) -> Person:
    return Person(email=email, first_name=name[0], last_name=name[1], city=city, plan=plan)


_LETTERS = str.maketrans("şöíúáãçčćäüøñëżźłńęóığâéèýßåæ", "soiuaacccauonezzlneoigaeeysaa")


def _plain(name: str) -> str:
    """A local part out of a name: ASCII letters only."""
    letters = name.lower().translate(_LETTERS)
    return "".join(c for c in letters if "a" <= c <= "z")
