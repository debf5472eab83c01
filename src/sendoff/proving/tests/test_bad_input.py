"""Whatever strangers publish, each record gets one sentence that can be printed."""

from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.auth.records.saying import VERDICTS
from sendoff.proving import gathering, judging
from sendoff.proving.facts import Alias, Facts, Heard
from sendoff.proving.samples import SUBJECT

_BEGINS = ("", "v=spf1 ", "v=DMARC1; ", "v=DKIM1; p=", "v=STSv1; id=", "v=TLSRPTv1; ", "v=BIMI1; ")
TEXT = st.builds(
    lambda begin, rest: begin + rest,
    st.sampled_from(_BEGINS),
    st.text(st.characters(max_codepoint=255), max_size=60),
)
HOST = st.one_of(st.just("."), st.text(st.characters(max_codepoint=127), min_size=1, max_size=30))
STATUS = st.sampled_from(list(Status))


@given(st.lists(TEXT, max_size=3), st.lists(HOST, max_size=2), STATUS, HOST)
def test_every_answer_is_judged_in_one_printable_sentence(texts, hosts, status, host):
    questions = gathering.questions(SUBJECT)
    answers = {
        (name, kind): _answer(status, texts if kind == "TXT" else hosts)
        for name, kind in questions
        if kind not in ("A", "AAAA")
    }
    facts = Facts(
        answers=answers,
        aliases={SUBJECT.return_path: Alias(target=host)},
        wildcard=_answer(status, texts),
        mailboxes={"abuse@shop.test": Heard(host=host, code=550, said="".join(texts))},
    )
    for record in judging.judge(SUBJECT, facts):
        assert record.verdict in VERDICTS
        assert record.sentence
        assert (record.sentence + record.mend).isprintable()


def _answer(status, values):
    return Answer(status=status, values=tuple(values) if status is Status.FOUND else (), said="?")
