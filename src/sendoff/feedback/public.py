"""The door of feedback: mail that comes back, and what is done about it. Sends loop checks alone.

`run_inbound` is the process that takes and reads mail; the clerk calls `hear_sessions` and
`hear_late_sessions`; `reports_to_read` is for whoever reads reports on; pages and programs read
with the rest.
"""

from sendoff.feedback import listening as _listening
from sendoff.feedback import loopchecks, measuring, news, process, reports, sessions, telling

Counts = telling.Counts
EventRow = telling.EventRow
LogFilter = telling.LogFilter
Told = news.Told
Listening = _listening.Listening
Check = loopchecks.Check
ReportMail = reports.ReportMail
Measures = measuring.Measures

run_inbound = process.run
hear_sessions = sessions.hear
hear_late_sessions = sessions.hear_late
counts = telling.counts
measures = measuring.measures
events = telling.events
events_of = telling.events_of
logged = telling.logged
messages_that = telling.messages_that
newest_event = news.newest_event
events_after = news.events_after
listening = _listening.listening
start_check = loopchecks.start
check = loopchecks.check
reports_to_read = reports.to_read
reports_were_read = reports.were_read
checks = loopchecks.checks
