"""The door of reputation: what others say of us. It reads what comes and sends no mail.

The clerk calls `take_mail`, `forget_reports`, `Watch.tick`, which asks the blocklists, and
`EyeWatch.tick`, which asks Google and Microsoft by the keys that `connect` took; commands
bring files with `take_file`; whoever shows a domain asks `advice` what its policy may become.
"""

from sendoff.reputation import arrivals as _arrivals
from sendoff.reputation import (
    dmarc_told,
    eye_watch,
    eyes,
    outside,
    outside_told,
    policy_path,
    taking,
    tls_told,
    watch,
)
from sendoff.reputation import filing as _filing
from sendoff.reputation import listed as _listed
from sendoff.reputation import picture as _picture
from sendoff.reputation import sources as _sources
from sendoff.reputation import zones as _zones

Advice = policy_path.Advice
Arrival = _arrivals.Arrival
Filed = _filing.Filed
State = _filing.State
Source = _sources.Source
DmarcPicture = _picture.Picture
TlsReceiver = tls_told.Receiver
TlsFault = tls_told.Fault
Listed = _listed.Listed
Stands = _listed.Stands
Blocklist = _zones.ZoneRule
Watch = watch.Watch
Eye = eyes.View
EyeWatch = eye_watch.EyeWatch
OutsideError = outside.OutsideError

take_mail = taking.take_mail
take_file = taking.take_file
arrivals = _arrivals.arrivals
arrival = _arrivals.arrival
forget_reports = _arrivals.forget
dmarc = dmarc_told.picture
tls_receivers = tls_told.receivers
tls_faults = tls_told.faults
ask_blocklists = watch.ask_now
blocklist_standings = _listed.standings
listings = _listed.listings
listed_now = _listed.listed_now
listings_changed_after = _listed.changed_after
known_blocklists = _zones.known
chosen_blocklists = _zones.chosen
connect = eyes.connect
disconnect = eyes.disconnect
eyes_of = eyes.eyes
look_now = eyes.look_now
outside_days = outside_told.days
reseal = eyes.reseal


def advice(workspace_id: int, domain: str, published: str = "") -> Advice:
    """Whether a domain's policy may go a step further, by the reports of the last 30 days.

    `published`: the policy found in DNS just now (none, quarantine, reject), where somebody asked;
    without it that of the newest report counts.
    """
    return policy_path.advise(dmarc_told.picture(workspace_id, domain), published)
