"""The door of senders: as whom we write, through which servers and pools, and how much by each.

A campaign goes by the `ways` of its server or pool; `choose` shares a window of messages among
them. `quotas` says what bounds a server, `examine` when it is sick, `judge` how it warms up.
`signing_keys` are what signs for a domain at this moment; `plan_key` begins a rotation, and
`KeyWatch` (the clerk's) or `look_for_keys` takes it on by what DNS shows.
"""

from sendoff.senders import (
    advice,
    choosing,
    health,
    key_changes,
    key_life,
    key_watch,
    key_words,
    news,
    resealing,
    rotation,
    sickness,
    warming,
    warmup,
)
from sendoff.senders import (
    domains as _domains,
)
from sendoff.senders import (
    key_rows as _rows,
)
from sendoff.senders import (
    pools as _pools,
)
from sendoff.senders import (
    quotas as _quotas,
)
from sendoff.senders import (
    servers as _servers,
)
from sendoff.senders import (
    signing_keys as _keys,
)

SenderError = _domains.SenderError
Domain = _domains.Domain
DnsRecord = _domains.DnsRecord
Key = key_life.Key
KeyState = key_life.State
KeyWatch = key_watch.Watch
Server = _servers.Server
Quotas = _servers.Quotas
Pool = _pools.Pool
Part = _pools.Part
Member = _pools.Member
Ways = _pools.Ways
Room = rotation.Room
Shares = choosing.Shares
Signs = sickness.Signs
Sick = health.Sick
Quota = _quotas.Quota
Seen = warmup.Seen
Warming = warming.Warming
Decided = warming.Decided
Volume = advice.Volume
Advice = advice.Advice

add_domain = _domains.add_domain
domains = _domains.domains
all_domains = _domains.all_domains
domain_of = _domains.domain_of
domain = _domains.domain
set_domain_pace = _domains.set_pace
records = _domains.records

KEY_KINDS = _keys.KINDS
keys = _keys.keys
signing_keys = _keys.signing_keys
signing_at = _keys.signing_at
keys_then = key_life.signing_at
signed_by = key_words.signed_by
signer = _keys.signer
plan_key = key_changes.plan
switch_key = key_changes.switch
retire_key = key_changes.retire
withdraw_key = key_changes.withdraw
look_for_keys = key_watch.look
key_terms = _keys.terms
key_rows = _rows.rows
keys_to_publish = _rows.to_publish
key_next_step = key_words.next_step
KEY_STANDS = key_words.STANDS
reseal = resealing.reseal

add_server = _servers.add_server
set_login = _servers.set_login
set_quotas = _servers.set_quotas
set_pace = _servers.set_pace
switch = _servers.switch
servers = _servers.servers
all_servers = _servers.all_servers
server = _servers.server
find_server = _servers.find_server
server_config = _servers.server_config
source_ips = _servers.source_ips

add_pool = _pools.add_pool
put_in = _pools.put_in
take_out = _pools.take_out
pools = _pools.pools
find_pool = _pools.find_pool
ways = _pools.ways

choose = rotation.choose
suited = rotation.suited
quotas = _quotas.quotas

examine = health.examine
sicknesses = health.sicknesses
sick_now = health.sick_now
well = health.well
sick_after = news.sick_after
well_between = news.well_between

plans = warmup.plans
begin_warming = warming.begin
standing = warming.standing
standings = warming.standings
unjudged = warming.unjudged
judge = warming.judge
decisions = warming.decisions
today = warming.today
DAY_MS = warmup.DAY_MS

advise = advice.advise
