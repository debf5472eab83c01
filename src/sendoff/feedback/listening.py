"""Say whether anything ever comes back to a workspace that sends. It only reads."""

from dataclasses import dataclass

from sendoff.campaigns import public as campaigns
from sendoff.feedback.effects import Source
from sendoff.feedback.models import Event, LoopCheck
from sendoff.lib import clock
from sendoff.outbox import public as outbox

DAY_MS = 86_400_000
PROVED_FOR_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """`silent`: mail was accepted for a day and more, and nothing ever came back by mail since."""

    silent: bool
    accepted: int
    last_ms: int | None  # the last thing that came back by mail, or the last answered check

    @property
    def sentence(self) -> str:
        """What to tell a person who sends."""
        return (
            f"{self.accepted:,} were accepted and nothing came back by mail in a day: no bounce, no"
            " complaint, no reply. The way back may not be connected."
        )


def listening(workspace_id: int) -> Listening:
    """How it stands; cheap enough for every page."""
    now = clock.now_ms()
    since = now - PROVED_FOR_MS
    last = max(
        filter(None, (_last_event_ms(workspace_id), _last_check_ms(workspace_id))), default=None
    )
    if last and last > since:
        return Listening(silent=False, accepted=0, last_ms=last)
    accepted = sum(
        outbox.books(each.id).accepted
        for each in campaigns.of_workspace(workspace_id)
        if each.launched_at and since < clock.ms(each.launched_at) < now - DAY_MS
    )
    return Listening(silent=accepted > 0, accepted=accepted, last_ms=last)


def _last_event_ms(workspace_id: int) -> int | None:
    by_mail = Event.objects.filter(workspace_id=workspace_id).exclude(source=Source.SESSION)
    return by_mail.order_by("-at_ms").values_list("at_ms", flat=True).first()


def _last_check_ms(workspace_id: int) -> int | None:
    back = LoopCheck.objects.filter(workspace_id=workspace_id, back_ms__isnull=False)
    return back.order_by("-id").values_list("back_ms", flat=True).first()
