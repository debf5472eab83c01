"""Ordinary mail by the thousand, much of it about mail that comes back. It holds no bounce.

Each maker writes one kind of mail with words, people and programs drawn by chance.
"""

import random
from collections.abc import Callable, Iterator

from ordinary_words import BOUNCES, NEWSLETTERS, NOTES, PARCELS, SYSTEMS

PEOPLE = ("ana@home.test", "ben@away.test", "cy@firm.test", "dora@school.test", "eli@town.test")
PROGRAMS = (
    "X-Mailer: Apple Mail (2.3774)",
    "User-Agent: Mozilla Thunderbird",
    "X-Mailer: Microsoft Outlook 16.0",
    "X-Mailer: iPhone Mail (21E219)",
    "Message-ID: <CAB+1@mail.home.test>",
)
Maker = Callable[[random.Random], str]


def mails(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """So many mails, each with the name of its kind; the same for the same seed."""
    rng = random.Random(seed)
    kinds = sorted(MAKERS)
    for n in range(count):
        kind = kinds[n % len(kinds)]
        text = MAKERS[kind](rng)
        ends = "\r\n" if rng.random() < 0.5 else "\n"
        yield kind, text.replace("\n", ends).encode()


def _head(rng: random.Random, subject: str, **fields: str) -> str:
    sender = (
        fields.pop("sender", "") or f"{rng.choice(('Ana', 'Ben', 'Cy'))} <{rng.choice(PEOPLE)}>"
    )
    lines = [
        f"Return-Path: <{sender.rpartition('<')[2].rstrip('>')}>",
        f"From: {sender}",
        "To: news@shop.test",
        f"Subject: {subject}",
        "Date: Mon, 05 Feb 2024 10:00:00 +0100",
    ]
    if fields.pop("program", "yes") == "yes":
        lines.append(rng.choice(PROGRAMS))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\n".join(lines) + "\n"


def _plain(head: str, text: str) -> str:
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def answer_above_a_quoted_bounce(rng: random.Random) -> str:
    subject, bounce = rng.choice(BOUNCES)
    head = _head(rng, f"Re: {subject}", In_Reply_To="<1@mx.test>", References="<1@mx.test>")
    return _plain(head, f"{rng.choice(NOTES)}\n\nOn Monday the server wrote:\n{_quoted(bounce)}")


def answer_below_a_quoted_bounce(rng: random.Random) -> str:
    subject, bounce = rng.choice(BOUNCES)
    head = _head(rng, f"{rng.choice(('Re', 'AW', 'Sv'))}: {subject}", In_Reply_To="<1@mx.test>")
    return _plain(head, f"The server wrote:\n{_quoted(bounce)}\n\n{rng.choice(NOTES)}")


def forward_of_a_bounce(rng: random.Random) -> str:
    subject, bounce = rng.choice(BOUNCES)
    head = _head(rng, f"{rng.choice(('Fwd', 'FW', 'WG', 'TR'))}: {subject}")
    above = "---------- Forwarded message ---------\nFrom: Mail Delivery Subsystem\n"
    return _plain(head, f"{rng.choice(NOTES)}\n\n{above}Subject: {subject}\n\n{bounce}")


def bounce_pasted_by_a_person(rng: random.Random) -> str:
    _, bounce = rng.choice(BOUNCES)
    return _plain(_head(rng, "Can you help with this?"), f"{rng.choice(NOTES)}\n\n{bounce}")


def bounce_attached_by_a_person(rng: random.Random) -> str:
    subject, bounce = rng.choice(BOUNCES)
    return (
        f"{_head(rng, f'Fwd: {subject}')}MIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n\n'
        f"{rng.choice(NOTES)}\n--b1\nContent-Type: message/rfc822\n\n"
        f"From: MAILER-DAEMON@mx.test\nSubject: {subject}\n\n{bounce}\n--b1--\n"
    )


def report_attached_by_a_person(rng: random.Random) -> str:
    return (
        f"{_head(rng, 'the bounce I told you of')}MIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n\n'
        f"{rng.choice(NOTES)}\n--b1\nContent-Type: message/rfc822\n\n"
        "From: MAILER-DAEMON@mx.test\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b2"\n\n'
        "--b2\n\nIt did not work.\n--b2\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; {rng.choice(PEOPLE)}\n"
        "Action: failed\nStatus: 5.1.1\n\n--b2--\n--b1--\n"
    )


def report_passed_on_in_parts(rng: random.Random) -> str:
    subject, bounce = rng.choice(BOUNCES)
    return (
        f"{_head(rng, f'Fwd: {subject}')}MIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n\n'
        f"{rng.choice(NOTES)}\n\nBegin forwarded message:\n\n{_quoted(bounce)}\n"
        "--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        f"Final-Recipient: rfc822; {rng.choice(PEOPLE)}\nAction: failed\nStatus: 5.1.1\n\n--b1--\n"
    )


def newsletter(rng: random.Random) -> str:
    subject, text = rng.choice(NEWSLETTERS)
    head = _head(
        rng,
        subject,
        sender=f"News <news{rng.randrange(9)}@letters.test>",
        program="no",
        List_Unsubscribe="<https://letters.test/u/1>",
        List_Id="<news.letters.test>",
    )
    return _plain(head, text)


def newsletter_with_bounce_address(rng: random.Random) -> str:
    subject, text = rng.choice(NEWSLETTERS)
    head = _head(rng, subject, sender="Delivery Digest <bounces+1@letters.test>", program="no")
    return _plain(head, text)


def parcel(rng: random.Random) -> str:
    subject, text = rng.choice(PARCELS)
    sender = rng.choice(("Parcels <noreply@parcels.test>", "Delivery <delivery@post.test>"))
    return _plain(_head(rng, subject, sender=sender, program="no"), text)


def word_of_a_system(rng: random.Random) -> str:
    sender, subject, text = rng.choice(SYSTEMS)
    fields = {"Auto_Submitted": "auto-generated"} if rng.random() < 0.5 else {}
    return _plain(_head(rng, subject, sender=sender, program="no", **fields), text)


def absence(rng: random.Random) -> str:
    subject, text = rng.choice(
        (
            ("Automatic reply: Autumn", "I am away. Your mail will not be forwarded. Write to"),
            ("Out of office", "I have left the firm; this mailbox is not read. Please write to"),
            ("Abwesenheit: Herbst", "Ich bin nicht im Büro. Ihre Mail wird nicht weitergeleitet:"),
            (
                "Réponse automatique",
                "Je suis absent. Votre message ne sera pas transmis. Écrivez à",
            ),
        )
    )
    head = _head(rng, subject, Auto_Submitted="auto-replied", program="no")
    head = head.replace(head.splitlines()[0], "Return-Path: <>", 1)
    return _plain(head, f"{text} {rng.choice(PEOPLE)}.")


def invitation(rng: random.Random) -> str:
    return (
        f"{_head(rng, 'Invitation: why does mail bounce? @ Mon 5 Feb 2024')}MIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="b1"\n\n'
        f"--b1\nContent-Type: text/plain\n\nGoing? {rng.choice(PEOPLE)}\n"
        "--b1\nContent-Type: text/calendar; method=REQUEST\n\n"
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Undelivered mail\n"
        f"ORGANIZER:mailto:{rng.choice(PEOPLE)}\nEND:VEVENT\nEND:VCALENDAR\n--b1--\n"
    )


def plain_letter(rng: random.Random) -> str:
    words = (
        "tea",
        "bread",
        "mail",
        "box",
        "full",
        "unknown",
        "user",
        "failed",
        "tomorrow",
        "again",
    )
    text = " ".join(rng.choice(words) for _ in range(rng.randrange(5, 60)))
    return _plain(_head(rng, rng.choice(("Hello", "Tea?", "the failed cake", ""))), text)


def digest_of_a_list(rng: random.Random) -> str:
    parts = "\n------------------------------\n\n".join(
        f"Message: {n}\nFrom: {rng.choice(PEOPLE)}\nSubject: Re: {subject}\n\n{bounce}"
        for n, (subject, bounce) in enumerate(rng.sample(BOUNCES, 3))
    )
    head = _head(
        rng,
        "Postmasters Digest, Vol 12, Issue 3",
        sender="postmasters-request@lists.test",
        program="no",
        List_Id="<postmasters.lists.test>",
        Precedence="list",
    )
    return _plain(head, f"Send submissions to postmasters@lists.test\n\nToday's Topics:\n\n{parts}")


MAKERS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        absence,
        answer_above_a_quoted_bounce,
        answer_below_a_quoted_bounce,
        bounce_attached_by_a_person,
        bounce_pasted_by_a_person,
        digest_of_a_list,
        forward_of_a_bounce,
        invitation,
        newsletter,
        newsletter_with_bounce_address,
        parcel,
        plain_letter,
        report_attached_by_a_person,
        report_passed_on_in_parts,
        word_of_a_system,
    )
}
