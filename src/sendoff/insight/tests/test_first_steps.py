"""A new workspace is told what is missing before its first campaign, until that was sent."""

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.insight import first_steps


def _done(workspace):
    steps = first_steps.steps(workspace, campaigns.of_workspace(workspace))
    return [step.title for step in steps if step.done]


def test_the_list_ticks_itself_as_things_come_into_being(shop, page):
    assert _done(shop.workspace) == ["A domain to write from", "A way out", "People to write to"]
    assert "To the first campaign" in page("/campaigns/")
    for person in audience.sample_contacts([shop.customers], 100):
        audience.set_status(person.id, "unsubscribed", "asked by phone")
    assert "People to write to" not in _done(shop.workspace)


def test_it_is_gone_once_a_campaign_was_sent(shop, page):
    shop.send()
    assert "To the first campaign" not in page("/campaigns/")
