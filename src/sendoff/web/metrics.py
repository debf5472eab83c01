"""What Prometheus reads at /metrics: for this machine, or whoever has the token; no one else."""

from collections.abc import Iterator
from hmac import compare_digest

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sendoff.feedback import public as feedback
from sendoff.lib.config import Config, config
from sendoff.outbox import public as outbox

_LOOPBACK = ("127.0.0.1", "::1")
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO")


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers of the whole installation, read from the database at this moment."""
    if not may_read(request, config()):
        return HttpResponse("Send the token of SENDOFF_METRICS_TOKEN.\n", status=403)
    registry = CollectorRegistry()
    registry.register(_Installation(outbox.measures()))
    registry.register(_Inbound(feedback.measures()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest, settings: Config) -> bool:
    """By token; without one set, this machine alone. A proxy on it speaks for the whole world."""
    if settings.metrics_token:
        wanted = f"Bearer {settings.metrics_token}"
        return compare_digest(request.headers.get("Authorization", "").encode(), wanted.encode())
    behind_proxy = settings.base_url.startswith("https://")
    forwarded = any(name in request.META for name in _FORWARDED)
    here = request.META.get("REMOTE_ADDR") in _LOOPBACK
    return here and not forwarded and not behind_proxy


class _Installation(Collector):
    """What goes out, for one request."""

    def __init__(self, measures: outbox.Measures) -> None:
        self._now = measures

    def collect(self) -> Iterator[Metric]:
        yield from self._messages()
        yield from self._lanes()
        yield from self._hosts()

    def _messages(self) -> Iterator[Metric]:
        states = GaugeMetricFamily(
            "sendoff_messages", "Messages of all campaigns by where they stand.", labels=["state"]
        )
        for state, n in self._now.messages.items():
            states.add_metric([state], n)
        yield states
        yield GaugeMetricFamily(
            "sendoff_oldest_waiting_seconds",
            "Since Send was pressed for the oldest campaign of which something waits.",
            value=self._now.oldest_waiting_s,
        )

    def _lanes(self) -> Iterator[Metric]:
        labels = ["lane", "provider"]
        waiting = GaugeMetricFamily(
            "sendoff_lane_waiting", "Messages in the parcels of the fullest lanes.", labels=labels
        )
        leased = GaugeMetricFamily(
            "sendoff_lane_leases", "Parcels of a lane that workers hold.", labels=labels
        )
        for lane in self._now.lanes:
            waiting.add_metric([str(lane.lane), lane.provider], lane.waiting)
            leased.add_metric([str(lane.lane), lane.provider], lane.leased)
        yield from (waiting, leased)

    def _hosts(self) -> Iterator[Metric]:
        workers = GaugeMetricFamily("sendoff_workers", "Workers that are alive.", labels=["host"])
        journal = GaugeMetricFamily(
            "sendoff_journal_bytes", "Bytes in the journals of living workers.", labels=["host"]
        )
        settled = CounterMetricFamily(
            "sendoff_settled", "Attempts brought into the books.", labels=["host"]
        )
        lost = CounterMetricFamily(
            "sendoff_connections_lost",
            "Connections to the database and the queue that were lost and made again.",
            labels=["host", "to"],
        )
        for host in self._now.hosts:
            workers.add_metric([host.host], host.workers)
            journal.add_metric([host.host], host.journal_bytes)
            settled.add_metric([host.host], host.settled)
            lost.add_metric([host.host, "database"], host.database_losses)
            lost.add_metric([host.host, "queue"], host.queue_losses)
        yield from (workers, journal, settled, lost)


class _Inbound(Collector):
    """What comes back, for one request."""

    def __init__(self, measures: feedback.Measures) -> None:
        self._now = measures

    def collect(self) -> Iterator[Metric]:
        happened = CounterMetricFamily(
            "sendoff_inbound", "What happened where mail comes back.", labels=["what"]
        )
        for what, n in self._now.counts.items():
            happened.add_metric([what], n)
        yield happened
        yield GaugeMetricFamily(
            "sendoff_inbound_to_read", "Mails stored and not read yet.", value=self._now.to_read
        )
        yield GaugeMetricFamily(
            "sendoff_inbound_oldest_seconds",
            "Since the oldest mail that is not read yet was stored.",
            value=self._now.oldest_s,
        )
