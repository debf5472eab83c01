"""What rooms downstream ask before a campaign is sent. It knows none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from sendoff.campaigns.drafting import CampaignError


def _nothing() -> None:
    """Nothing is to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A campaign may go. `note` stands in its history; `keep` writes what belongs to this Send, in
    its transaction."""

    note: str = ""
    keep: Callable[[], None] = _nothing


class NotCleared(CampaignError):
    """A campaign may not go as it is. `objections`: why, a sentence each; `word`: what somebody has
    to type to send it all the same."""

    def __init__(self, sentence: str, objections: Sequence[str], word: str) -> None:
        self.sentence, self.objections, self.word = sentence, tuple(objections), word
        super().__init__(" ".join((sentence, *objections)))


#: Asked with the campaign, who sends it, and what was typed to override. NotCleared: it may not go.
Question = Callable[[int, str, str], Cleared]


def ask(campaign_id: int, by: str, override: str) -> Cleared:
    """What all that settings.BEFORE_LAUNCH names say together. NotCleared by the first to object.

    They are loaded with the first Send, so that nothing else has to carry them.
    """
    paths: Sequence[str] = getattr(settings, "BEFORE_LAUNCH", ())
    questions: list[Question] = [import_string(path) for path in paths]
    answers = [question(campaign_id, by, override) for question in questions]

    def keep() -> None:
        for answer in answers:
            answer.keep()

    return Cleared(note=" ".join(filter(None, (each.note for each in answers))), keep=keep)
