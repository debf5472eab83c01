"""The door of senders: as whom we write, through which servers and pools, and how much by each.

A campaign goes by the `ways` of its server or pool; `choose` shares a window of messages among
them. `quotas` says what bounds a server, `examine` when it is sick, `judge` how it warms up.
"""

from sendoff.senders import (
    advice,
    choosing,
    health,
    news,
    rotation,
    sickness,
    warming,
    warmup,
)
from sendoff.senders import (
    domains as _domains,
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

SenderError = _domains.SenderError
Domain = _domains.Domain
DnsRecord = _domains.DnsRecord
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
private_key = _domains.private_key
records = _domains.records

add_server = _servers.add_server
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
