"""The door of proving: what a domain publishes is asked for and judged, before mail goes out.

`check` asks now and keeps what was found; `Watch` is the clerk's, which looks again in time.
"""

from sendoff.proving import checking, found, gathering, judging, naming, watching, zonefile

NameProblem = naming.NameProblem
Record = found.Record
Checked = checking.Checked
Changed = checking.Changed
Watch = watching.Watch

read_domain = naming.read
check = checking.check
last = checking.last
last_of = checking.last_of
history = checking.history
broken = checking.broken
wanted = checking.wanted
zone_file = zonefile.write
subject_of = checking.subject_of
gather = gathering.gather
network = gathering.network
judge = judging.judge
