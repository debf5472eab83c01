"""The door of webhooks: other programs are told what happened, signed, each event at least once.

The clerk calls `pull`, `pull_late`, `pull_attention`, `forget_old` and the `tick` of a `Post`;
pages and programs use the rest. No other room calls it.
"""

from sendoff.webhooks import catalogue, endpoints, posting, pulling, targets, telling

WebhookError = targets.WebhookError
Endpoint = endpoints.View
Made = endpoints.Made
DeliveryRow = telling.DeliveryRow
TryRow = telling.TryRow
Event = catalogue.Event
Post = posting.Post

events = catalogue.every
emitted = catalogue.emitted

add = endpoints.add
choose = endpoints.choose
switch = endpoints.switch
rotate = endpoints.rotate
remove = endpoints.remove
reseal = endpoints.reseal
get = endpoints.get
endpoints_of = endpoints.of_workspace

deliveries = telling.deliveries
delivery = telling.delivery
replay = telling.replay
ask_test = telling.ask_test
test_now = telling.test_now

pull = pulling.pull
pull_late = pulling.pull_late
pull_attention = pulling.pull_attention
forget_old = posting.forget_old
