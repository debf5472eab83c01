"""The door of feedback: mail that comes back to us, and what is done about it. Never sends mail.

`run_inbound` is the process that takes and reads mail; the clerk calls `hear_sessions` and
`hear_late_sessions`; pages and programs read with the rest.
"""

from sendoff.feedback import news, process, sessions, telling

Counts = telling.Counts
EventRow = telling.EventRow
LogFilter = telling.LogFilter
Told = news.Told

run_inbound = process.run
hear_sessions = sessions.hear
hear_late_sessions = sessions.hear_late
counts = telling.counts
events = telling.events
events_of = telling.events_of
logged = telling.logged
messages_that = telling.messages_that
newest_event = news.newest_event
events_after = news.events_after
