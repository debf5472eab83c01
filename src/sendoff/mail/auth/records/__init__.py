"""Judge what a sending domain publishes, record by record: what is wrong and what mends it. No I/O.

Each function takes what DNS answered and gives judgements, the gravest first; their sentences are
data in `rules/`, each proved by a sample. `ok` may carry advice. The room senders shows them.
"""

from sendoff.mail.auth.records.dkim_record import judge as dkim
from sendoff.mail.auth.records.dmarc_record import judge as dmarc
from sendoff.mail.auth.records.other_records import bimi, mta_sts, tls_rpt
from sendoff.mail.auth.records.saying import Judgement
from sendoff.mail.auth.records.spf_record import judge as spf

__all__ = ["Judgement", "bimi", "dkim", "dmarc", "mta_sts", "spf", "tls_rpt"]
