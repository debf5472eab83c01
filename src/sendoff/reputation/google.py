"""Google Postmaster Tools API v2: what is asked, signed and read. Pure: it sends nothing.

Shapes: developers.google.com/workspace/gmail/postmaster/reference/rest/v2, read 2026-11. A robot
account (service account) asks; it must be a user of the domain in Postmaster Tools.
"""

import base64
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sendoff.reputation.outside import Day, OutsideError

API = "https://gmailpostmastertools.googleapis.com"
SCOPES = (
    "https://www.googleapis.com/auth/postmaster.traffic.readonly",
    "https://www.googleapis.com/auth/postmaster.domain",
)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523
_LIFE_S = 3600
MAX_KEY = 20_000  # characters of the file
_ERRORS = (
    ("reject", "bad_attachment"),
    ("reject", "bad_or_missing_ptr_record"),
    ("reject", "ip_in_rbls"),
    ("reject", "low_domain_reputation"),
    ("reject", "low_ip_reputation"),
    ("reject", "spammy_content"),
    ("reject", "stamp_policy_error"),
    ("reject", "other"),
    ("temp_fail", "anomalous_traffic_pattern"),
    ("temp_fail", "other"),
)
_NONSENSE = "Google answered something that makes no sense here; nothing of it was kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A robot account: who it is, where it gets tokens, and its key, which is never printed."""

    email: str
    token_uri: str
    key_id: str
    key: RSAPrivateKey


def account(text: str) -> Account:
    """The account in the JSON file that Google Cloud gives out. OutsideError says what is wrong."""
    wrong = "This is not the JSON key of a service account; Google Cloud, IAM, makes one."
    if len(text) > MAX_KEY:
        raise OutsideError(wrong)
    try:
        told = json.loads(text)
        email, uri = str(told["client_email"]), str(told["token_uri"])
        key = load_pem_private_key(str(told["private_key"]).encode(), password=None)
    except (ValueError, KeyError, TypeError, RecursionError, UnsupportedAlgorithm):
        raise OutsideError(wrong) from None
    if not isinstance(key, RSAPrivateKey) or "@" not in email:
        raise OutsideError(wrong)
    return Account(
        email=email[:254], token_uri=uri, key_id=str(told.get("private_key_id", ""))[:100], key=key
    )


def assertion(who: Account, now_s: int) -> str:
    """A signed claim to be this account (RFC 7523), good for an hour."""
    head = {"alg": "RS256", "typ": "JWT", "kid": who.key_id}
    claims = {
        "iss": who.email,
        "scope": " ".join(SCOPES),
        "aud": who.token_uri,
        "iat": now_s,
        "exp": now_s + _LIFE_S,
    }
    signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    signature = who.key.sign(signed, PKCS1v15(), SHA256())
    return b".".join((signed, _base64(signature))).decode()


def token(body: bytes) -> str:
    """The access token in an answer."""
    found = _object(body).get("access_token")
    if not isinstance(found, str) or not found.isascii() or not found.isprintable():
        raise OutsideError(_NONSENSE)
    return found


def stats_path(domain: str) -> str:
    """Where the figures of a domain are asked for."""
    return f"/v2/domains/{quote(domain, safe='')}/domainStats:query"


def compliance_path(domain: str) -> str:
    """Where it is asked which of Google's rules a domain keeps."""
    return f"/v2/domains/{quote(domain, safe='')}/complianceStatus"


def question(first: date, last: date, page: str = "") -> bytes:
    """The question for the figures of some days."""
    metrics = [_metric("spam_rate", "SPAM_RATE")]
    metrics.append(_metric("tls", "TLS_ENCRYPTION_RATE", 'traffic_direction = "inbound"'))
    for kind in ("spf", "dkim", "dmarc"):
        metrics.append(_metric(kind, "AUTH_SUCCESS_RATE", f'auth_type = "{kind}"'))
    for error, reason in _ERRORS:
        where = f'error_type = "{error}" AND error_reason = "{reason}"'
        metrics.append(_metric(f"{error}.{reason}", "DELIVERY_ERROR_RATE", where))
    asked = {
        "metricDefinitions": metrics,
        "timeQuery": {"dateRanges": {"dateRanges": [{"start": _date(first), "end": _date(last)}]}},
        "aggregationGranularity": "DAILY",
        "pageSize": 200,
    }
    return json.dumps(asked | ({"pageToken": page} if page else {})).encode()


def figures(domain: str, body: bytes) -> tuple[list[Day], str]:
    """The figures in an answer, a day each, and the token of the next page."""
    told = _object(body)
    by_day: dict[int, dict[str, Any]] = {}
    rows = told.get("domainStats", [])
    if not isinstance(rows, list):
        raise OutsideError(_NONSENSE)
    for row in rows:
        try:
            on = date(*(int(row["date"][part]) for part in ("year", "month", "day")))
            metric, rate = str(row["metric"]), _rate(row.get("value", {}))
        except (TypeError, KeyError, ValueError, AttributeError):
            raise OutsideError(_NONSENSE) from None
        if rate is not None:
            by_day.setdefault((on - date(1970, 1, 1)).days, {})[metric[:60]] = rate
    page = told.get("nextPageToken", "")
    days = [Day(subject=domain, day=day, figures=each) for day, each in sorted(by_day.items())]
    return days, page if isinstance(page, str) else ""


def compliance(body: bytes) -> dict[str, str]:
    """Google's rules for senders, each with compliant, needs_work or unknown."""
    data = _object(body).get("complianceData", {})
    rows = data.get("rowData", []) if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise OutsideError(_NONSENSE)
    found = {}
    for row in rows:
        try:
            name, state = str(row["requirement"]).lower(), str(row["status"]["status"]).lower()
        except (TypeError, KeyError):
            raise OutsideError(_NONSENSE) from None
        known = state in ("compliant", "needs_work")
        found[name[:60]] = state if known else "unknown"
    return found


def days_back(today: date, count: int) -> tuple[date, date]:
    """The first and the last of so many days; Google's are two days late."""
    return today - timedelta(days=count), today - timedelta(days=1)


def _rate(value: dict[str, Any]) -> float | None:
    """A share between 0 and 1; None where there is none."""
    found = value.get("doubleValue", value.get("floatValue"))
    if found is None:
        return None
    rate = float(found)
    if not 0 <= rate <= 1:
        raise ValueError
    return rate


def _metric(name: str, standard: str, where: str = "") -> dict[str, Any]:
    asked: dict[str, Any] = {"name": name, "baseMetric": {"standardMetric": standard}}
    return asked | ({"filter": where} if where else {})


def _date(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise OutsideError(_NONSENSE) from None
    if not isinstance(told, dict):
        raise OutsideError(_NONSENSE)
    return told


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
