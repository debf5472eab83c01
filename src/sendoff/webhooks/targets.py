"""Which addresses may be told events: the rule of all URLs that people name. Asks no DNS."""

from sendoff.smtp.targets import MAX_URL, Target, TargetError, reach, read

__all__ = ["MAX_URL", "Target", "WebhookError", "reach", "read"]

#: What was asked of webhooks cannot be done; the message says why and how to mend it.
WebhookError = TargetError
