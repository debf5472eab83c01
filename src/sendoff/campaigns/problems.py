"""What can be wrong with content, told in one sentence each. Values only; it decides nothing."""

from sendoff.lib.errors import PlainError


class ContentError(PlainError, ValueError):
    """Content that can not be used: `line` (from 1, 0 where unknown), `tag` and one sentence."""

    def __init__(self, line: int, tag: str, sentence: str, place: str = "Content") -> None:
        self.line, self.tag, self.sentence, self.place = line, tag, sentence, place
        where = f"{place}, line {line}" if line else place
        super().__init__(f"{where}{', ' + tag if tag else ''}: {sentence}")


class RenderError(PlainError, ValueError):
    """One message can not be written; the sentence says why, with the line where there is one."""
