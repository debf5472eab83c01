"""Pretend mailbox providers: a stranger to the sender, met only over DNS, SMTP and HTTP."""
