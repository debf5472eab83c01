"""The door of feedback: mail that comes back to us, and what is done about it. Never sends mail."""

from sendoff.feedback import process

run_inbound = process.run
