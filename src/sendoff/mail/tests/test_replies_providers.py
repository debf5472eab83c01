"""What each provider means by its own codes and marks, told by the table of their public pages."""

import tomllib
from pathlib import Path

import pytest

from sendoff.mail import replies

PROVIDERS = Path(__file__).parents[2] / "smtp/providers.toml"
BLOCKED, AUTH, CONTENT = "ip_or_sender_blocked", "auth_failure", "content_or_policy"


def test_every_provider_that_a_rule_names_is_one_that_we_know() -> None:
    known = {rule["provider"] for rule in tomllib.loads(PROVIDERS.read_text())["rule"]}
    for rule in replies._rules():
        assert set(rule.providers) <= known, rule.id


@pytest.mark.parametrize(
    ("provider", "stage", "line", "fault", "category", "action"),
    [
        ("google", "data", "550 5.7.27 no SPF", "our_domain", AUTH, "fix"),
        ("google", "data", "421 5.7.32 not aligned", "our_domain", AUTH, "fix"),
        ("google", "data", "550 5.7.29 no TLS", "our_config", CONTENT, "fix"),
        ("google", "mail", "421 4.7.28 quota", "our_ip", "rate_limited", "slow"),
        ("google", "data", "550 5.7.40 no policy", "our_domain", AUTH, "fix"),
        ("google", "rcpt", "552 5.2.2 out of storage space and inactive",
         "recipient", "mailbox_inactive", "suppress"),
        ("google", "rcpt", "452 4.2.2 out of storage space", "recipient", "mailbox_full", "retry"),
        ("google", "rcpt", "550 5.2.1 receiving mail at a rate that prevents more",
         "recipient_system", "rate_limited", "inspect"),
        ("google", "data", "550 5.7.1 likely unsolicited mail", "our_content", CONTENT, "fix"),
        ("google", "data", "451 4.3.0 later", "recipient_system", "remote_system", "retry"),
        ("outlook", "data", "550 5.7.515 Access denied", "our_domain", AUTH, "fix"),
        ("outlook", "mail", "421 RP-001 rate limit", "our_ip", "rate_limited", "slow"),
        ("outlook", "mail", "550 5.7.1 our block list (S3150)", "our_ip", BLOCKED, "suspend"),
        ("outlook", "rcpt", "550 5.5.0 Requested action not taken: mailbox unavailable",
         "recipient", "bad_mailbox", "suppress"),
        ("microsoft365", "rcpt", "550 5.4.1 Recipient address rejected: Access denied",
         "recipient", "bad_mailbox", "suppress"),
        ("microsoft365", "rcpt", "550 5.7.606 banned", "our_ip", BLOCKED, "suspend"),
        ("microsoft365", "rcpt", "451 4.7.500 Server busy (AS777)",
         "recipient_system", "remote_system", "retry"),
        ("microsoft365", "mail", "451 4.7.551 Access denied", "our_ip", "rate_limited", "slow"),
        ("microsoft365", "data", "550 5.7.509 denied", "our_domain", AUTH, "fix"),
        ("microsoft365", "rcpt", "550 5.7.513 blocked",
         "recipient_system", "recipient_filtered", "inspect"),
        ("yahoo", "mail", "421 4.7.0 [TSS04] deferred", "our_ip", "rate_limited", "slow"),
        ("yahoo", "mail", "421 4.7.1 [TSS09] deferred", "our_ip", BLOCKED, "suspend"),
        ("yahoo", "greeting", "553 5.7.1 [BL21] refused", "our_ip", BLOCKED, "suspend"),
        ("yahoo", "data", "554 5.7.5 (AU01) policy reasons", "our_domain", AUTH, "fix"),
        ("yahoo", "data", "554 5.7.9 [PH01] policy reasons", "our_content", CONTENT, "fix"),
        ("yahoo", "data", "554 delivery error: dd This user doesn't have an account",
         "recipient", "bad_mailbox", "suppress"),
        ("yahoo", "rcpt", "554 30 Sorry, This mailbox is disabled",
         "recipient", "mailbox_inactive", "suppress"),
        ("yahoo", "mail", "421 Max message per connection reached",
         "our_pace", "rate_limited", "retry"),
        ("yahoo", "mail", "554 unresolvable RFC.5321 from domain", "our_domain", BLOCKED, "fix"),
        ("apple", "data", "554 5.7.1 [HME1] refused", "our_domain", AUTH, "fix"),
        ("apple", "data", "550 5.7.1 [CS01] refused", "our_content", CONTENT, "inspect"),
        ("apple", "rcpt", "550 5.1.6 moved", "recipient", "bad_mailbox", "suppress"),
        ("comcast", "greeting", "421 RL000003", "our_ip", "rate_limited", "slow"),
        ("", "rcpt", "554 5.7.1 blocked using list.test", "our_ip", BLOCKED, "suspend"),
        ("", "rcpt", "550 5.1.10 null MX", "recipient", "bad_domain", "suppress"),
    ],
)  # fmt: skip
def test_a_providers_reply_means_what_its_page_says(
    provider: str, stage: str, line: str, fault: str, category: str, action: str
) -> None:
    said = replies.understand(replies.parse([line.encode()]), stage, provider)
    assert (said.fault, said.category, said.action) == (fault, category, action), said.rule


def test_a_code_that_google_uses_its_own_way_keeps_its_registered_meaning_elsewhere() -> None:
    reply = replies.parse([b"550 5.7.29 no"])
    assert replies.understand(reply, "data", "google").rule == "google-encryption"
    assert replies.understand(reply, "data", "orange").rule == "rfc3463-7.29"
