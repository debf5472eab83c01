"""The door of the outbox: one row per message, the queue and the books.

The planner calls `plan`, `look`, `save_routes`, `pack` and `finish`; a worker calls `queue().take`,
`letters`, `settle` and `heartbeat`; pages and programs read with the rest.
"""

from sendoff.outbox import (
    acting,
    again,
    blaming,
    broker,
    claiming,
    ending,
    lanes,
    limits,
    line,
    log,
    measuring,
    news,
    parcelling,
    permits,
    planning,
    queue,
    reading,
    rewinding,
    rollup,
    routing,
    settling,
    sources,
    terms,
    tls_reports,
    turns,
    watching,
    workers,
)
from sendoff.outbox import books as _books
from sendoff.outbox import unmatched as _unmatched

Books = _books.Books
Tally = _books.Tally
Claimed = claiming.Claimed
Filter = reading.Filter
MessageRow = reading.MessageRow
AttemptRow = reading.AttemptRow
Whose = reading.Whose
LogFilter = log.LogFilter
LogRow = log.LogRow
LaneRow = lanes.LaneRow
Allowed = limits.Allowed
Term = limits.Term
Act = acting.Act
ActionRow = acting.ActionRow
ActionError = acting.ActionError
WorkerRow = workers.WorkerRow
Unsettled = workers.Unsettled
Vitals = workers.Vitals
Measures = measuring.Measures
RouteFound = routing.RouteFound
KnownWay = routing.KnownWay
TlsReportRow = tls_reports.ReportRow
Ticket = queue.Ticket
Queue = queue.Queue
QueueStats = queue.QueueStats
Settlement = settling.Settlement
SessionRow = settling.SessionRow
Attempted = settling.Attempted
HandBack = settling.HandBack
Terms = terms.Terms
Limit = permits.Limit
Ask = permits.Ask
Slots = permits.Slots
Window = parcelling.Window
Place = line.Place
Only = again.Only
Among = again.Among
Retried = again.Retried
DecisionRow = again.DecisionRow
RetryError = again.RetryError
UnmatchedRow = _unmatched.UnmatchedRow
MessageNews = news.MessageNews
Blamed = blaming.Blamed
Subject = blaming.Subject
Sent = blaming.Sent

plan = planning.plan_slice
plain_rows = planning.plain_rows
look = parcelling.look
save_routes = routing.save
policies_of = routing.policies_of
known_ways = routing.known_ways
tls_counts = tls_reports.counts
tls_counts_told = tls_reports.with_policies
tls_barred = tls_reports.barred
keep_tls_reports = tls_reports.keep
tls_reports_to_send = tls_reports.to_send
tls_report_tried = tls_reports.tried
tls_reports_of = tls_reports.reports
pack = parcelling.pack
finish = ending.finish
skip_cancelled = ending.skip_cancelled
cancelled = ending.cancelled
clerks_turn = turns.clerks_turn
rewind = rewinding.rewind
roll_up = rollup.roll_up
rolled_up = rollup.counts
use_broker = broker.use

Closed = sources.Closed
attend = sources.attend
quotas = sources.limits
left_of = permits.left
source_days = sources.seen

letters = claiming.letters
routes_of = routing.routes_of
take = permits.take
take_slots = permits.take_all
opens_ms = permits.opens_ms
LATE_S = permits.LATE_S
AHEAD_S = permits.AHEAD_US / 1_000_000
decide = terms.decide
settlement = settling.settlement
settle = settling.settle
steps_json = settling.steps_json

register = workers.register
heartbeat = workers.heartbeat
elsewhere = workers.elsewhere
ended = workers.ended
unended = workers.unended
unsettled = workers.unsettled
parcels_of = workers.parcels_of

books = _books.books
proof = _books.proof
tallies = _books.tallies
messages = reading.messages
message = reading.message
attempts = reading.attempts
attempts_logged = log.attempts_logged
place = log.place
FAR_MS = log.FAR_MS
find = reading.find
contact_of = reading.contact_of
whose = reading.whose
route_of = reading.route_of
Under = lanes.Under
Standing = permits.Standing
under = lanes.under
lane_overview = lanes.lane_overview
FOR_EVER_MS = lanes.FOR_EVER_MS
OPERATOR = acting.OPERATOR
urgent_lanes = turns.urgent
limits_in_force = lanes.limits_in_force
job_limits = lanes.job_limits
act = acting.act
limit_server = acting.limit_server
last_action = acting.last_of
undo = acting.undo
resume = acting.resume
actions = acting.actions
actions_in_force = acting.in_force
touching = acting.touching
watch = watching.watch
count_affected = watching.count_affected
measures = measuring.measures
lane_of = parcelling.lane_of
lane = lanes.lane
waiting_since_ms = reading.waiting_since_ms
recent_rate = reading.recent_rate
places = line.places
latest_due_ms = line.latest_due_ms
next_slot_ms = line.next_slot_ms
routed = line.routed
last_sign_ms = line.last_sign_ms
retry = again.retry
leave = again.leave
left = again.left
decisions = again.decisions
count_unmatched = _unmatched.count_unmatched
unmatched = _unmatched.unmatched
blamed = blaming.blamed
subject = blaming.subject
last_sent = blaming.last_sent
listen = news.listen
any_news = news.any_news
take_news = news.take
acted_after = news.acted_after
undone_after = news.undone_after


def queue_adapter() -> Queue:
    """The queue of this process: the database, with the broker that `use_broker` named."""
    return queue.Queue(broker.current())


def close_broker() -> None:
    """Let go of this thread's connection to the broker, before the thread ends."""
    if link := broker.current():
        link.close()


def queue_losses() -> int:
    """How often this process lost its broker."""
    link = broker.current()
    return link.losses if link else 0
