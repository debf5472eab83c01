"""Weigh whether a machine sent a mail to say that another one came back. Pure.

People forward bounces, answer them and write about them; no single sign tells those apart.
"""

import re
from dataclasses import dataclass

from sendoff.mail.returned.mime import Part
from sendoff.mail.returned.sheets import Sheet

NEEDED = 4

_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?daemon|\bmdaemon\b|post_?master\b|mail[-_. ]deliver|"
    r"deliver(?:y|ies)[-_. ](?:sub)?system|mail administrator|system administrator|"
    r"\bimss\b|interscan|anti-?virus|mail[-_. ]?(?:system|server|gateway|robot)\b|\bMMSC\b|"
    r"^\s*<>|^\s*$|<>\s*$|bounce|delivery[-_ ](?:status|report)|mailadm|\bndr\b|"
    r"microsoft ?exchange[0-9a-f]{8}|exchange administrator",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|undelivered|non-?deliver|not delivered|delivery (?:has )?(?:status|failure|failed|"
    r"notif|report|problem|error|delay)|mail (?:delivery )?(?:fail|error|not deliver|system error|"
    r"could not)|deliver(?:y|ed)? fail|failure (?:notice|deliver)|failed (?:mail|deliver)|"
    r"returned (?:mail|to sender|e-?mail|message)|returning (?:message |mail )?to sender|"
    r"(?:could|can) ?not be (?:sent|delivered)|couldn't be delivered|user unknown|"
    r"message delay|delayed (?:mail|\d)|warning: (?:message|could not)|bounce(?:d\b| notif| mail)|"
    r"ndn:|ndr:|not (?:a )?members?\b|nondeliverable|rejected (?:mail|message)|"
    r"(?:message|mail) rejected|"
    r"unzustellbar|nicht zugestellt|zustellung|non ?remis|non distribu|échec de|remise diff|"
    r"no (?:se ha )?(?:podido )?entrega|no entregad|devuelto|não (?:foi )?entreg|falha na entrega|"
    r"devolvid|mancat[ao] (?:consegna|recapito)|non (?:recapitabil|consegnat)|onbestelbaar|"
    r"niet (?:worden )?(?:af)?(?:bezorgd|geleverd)|kan inte levereras|ej leverera|olever|"
    r"ikke leveres|toimit|niedoręcz|nie dostarcz|zwrot|nedoruč|kézbesít|teslim edil|iletilem|"
    r"не доставлен|недоставлен|не удалось достав|возвращ|не може бути|αδύνατη|לא נמסר|تعذر|"
    r"配信(?:でき|不能|エラー|失敗)|送信(?:でき|エラー)|不達|届け|リターン|"
    r"退信|退件|无法投递|無法(?:投遞|傳遞|遞送)|未送达|未送達|投递失败|반송|전송 ?실패|배달",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"^\s*(?:re|aw|sv|antw|fwd?|wg|tr|rv|enc|vs|転送)\s*(?:\[\d+\])?\s*[::]", re.I
)
_PEOPLES = ("x-mailer", "user-agent", "x-originating-ip", "thread-index",
            "x-gm-message-state")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen, and what it weighs."""

    name: str
    weight: int


def weigh(mail: Part, sheet: Sheet) -> tuple[Sign, ...]:
    """The signs of a mail; that it is a machine's report becomes likelier with their sum."""
    headers = mail.headers
    daemon = is_daemon(mail)
    answered = bool(_ANSWERED.match(headers.get("subject")))
    seen = {
        Sign("daemon", 3): daemon,
        Sign("null sender", 3): headers.get("return-path").replace(" ", "") == "<>",
        Sign("multipart/report", 2): mail.type == "multipart/report",
        Sign("X-Failed-Recipients", 3): "x-failed-recipients" in headers,
        Sign("subject", 2): speaks_of_failure(mail) and not answered,
        Sign("auto-submitted", 1): headers.get("auto-submitted").lower().startswith("auto-"),
        Sign("gives a mail back", 1): sheet.gives_back and not answered,
        Sign("answer or forward", -2): answered and not daemon,
        Sign("quotes", -2): sheet.quoted > 2 and not daemon,
        Sign("of a list", -1): not daemon
        and ("list-unsubscribe" in headers or "list-id" in headers),
        Sign("written with a mail program", -2): not daemon and any(x in headers for x in _PEOPLES),
    }
    return tuple(sign for sign, holds in seen.items() if holds)


def total(signs: tuple[Sign, ...]) -> int:
    """What the signs weigh together."""
    return sum(sign.weight for sign in signs)


def speaks_of_failure(mail: Part) -> bool:
    """Whether the subject is one under which mail comes back, in any of many languages."""
    return bool(_SUBJECT.search(mail.headers.get("subject")))


def is_daemon(mail: Part) -> bool:
    """Whether the sender's name or address is one that machines use; a missing From counts."""
    sender = mail.headers.get("from")
    local, at, _ = sender.rpartition("@")
    return bool(_DAEMON.search(local + at if at else sender))
