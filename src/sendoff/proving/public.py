"""The door of proving: what a domain publishes is asked for and judged, before mail goes out.

`check` asks now and keeps what was found; `Watch` is the clerk's, which looks again in time.
`preflight` proves a campaign by real messages of it; a launch is stopped by what it finds.
"""

from sendoff.proving import (
    checking,
    found,
    gathering,
    judging,
    naming,
    preflight_gate,
    proof_chore,
    proofs,
    watching,
    zonefile,
)
from sendoff.proving import preflight as _preflight

NameProblem = naming.NameProblem
Record = found.Record
Checked = checking.Checked
Changed = checking.Changed
Watch = watching.Watch
PreflightError = _preflight.PreflightError
Proved = proofs.Proved

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

preflight = _preflight.run
last_preflight = _preflight.last
overrides = _preflight.overrides
before_launch = preflight_gate.ask
proofs_of = proofs.of_campaign
nearest_proof = proofs.nearest
Prover = proof_chore.Prover
