-- The statements of tracking, for SQLite and PostgreSQL. The web process writes hits, in one transaction a batch;
-- the clerk labels and counts them. `label = ''` stands as it is, so that SQLite sees that the index of those
-- without a label leads there.

-- name: put_hit
INSERT INTO tracking_hit
    (campaign_id, seq, kind, link, detail, at_ms, user_agent, ip, method)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: put_opt_out
-- Counted as it is written, so it has its label at once.
INSERT INTO tracking_hit
    (campaign_id, seq, kind, link, detail, at_ms, user_agent, ip, method, label, rule)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: ripe
-- Hits that may be labelled, campaign by campaign.
SELECT id, campaign_id, seq, kind, link, detail, at_ms, user_agent, ip, method FROM tracking_hit
WHERE label = '' AND at_ms < %s ORDER BY campaign_id, id LIMIT %s

-- name: fresh
-- Of the hits of a campaign that have no label yet, at most so many: how many messages of which kind, how many hits.
SELECT kind, COUNT(DISTINCT CASE WHEN method <> 'HEAD' THEN seq END), COUNT(*)
FROM (SELECT kind, seq, method FROM tracking_hit WHERE label = '' AND campaign_id = %s ORDER BY id LIMIT %s) AS fresh
GROUP BY kind

-- name: add_to_engagement
INSERT INTO tracking_engagement (campaign_id, seq, opens, clicks)
VALUES (%s, %s, %s, %s)
ON CONFLICT (campaign_id, seq) DO UPDATE SET
    opens = tracking_engagement.opens + excluded.opens,
    clicks = tracking_engagement.clicks + excluded.clicks

-- name: first_open
UPDATE tracking_engagement SET first_open_ms = %s
WHERE campaign_id = %s AND seq = %s AND first_open_ms IS NULL

-- name: first_click
UPDATE tracking_engagement SET first_click_ms = %s
WHERE campaign_id = %s AND seq = %s AND first_click_ms IS NULL

-- name: first_unsubscribe
UPDATE tracking_engagement SET unsubscribed_ms = %s
WHERE campaign_id = %s AND seq = %s AND unsubscribed_ms IS NULL

-- name: add_to_tally
INSERT INTO tracking_tally (campaign_id, opened, clicked, unsubscribed, hits)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (campaign_id) DO UPDATE SET
    opened = tracking_tally.opened + excluded.opened,
    clicked = tracking_tally.clicked + excluded.clicked,
    unsubscribed = tracking_tally.unsubscribed + excluded.unsubscribed,
    hits = tracking_tally.hits + excluded.hits

-- name: label_alone
-- One at a time moves the sums by label. PostgreSQL alone; the number is ours by chance.
SELECT pg_advisory_xact_lock(7013522617)

-- name: messages_after
-- Messages with hits in order, a slice at a time.
SELECT DISTINCT campaign_id, seq FROM tracking_hit
WHERE campaign_id > %s OR (campaign_id = %s AND seq > %s) ORDER BY campaign_id, seq LIMIT %s

-- name: put_label
-- Say who made a hit.
UPDATE tracking_hit SET label = %s, rule = %s WHERE id = %s

-- name: forget_counts
-- Take what a message brought back by opens and clicks out again.
UPDATE tracking_engagement SET opens = 0, clicks = 0, first_open_ms = NULL, first_click_ms = NULL,
    opened_by = '', clicked_by = '' WHERE campaign_id = %s AND seq = %s

-- name: put_labels_of_message
-- Under which labels a message counts as opened and clicked.
UPDATE tracking_engagement SET opened_by = %s, clicked_by = %s WHERE campaign_id = %s AND seq = %s

-- name: add_to_label_tally
-- Messages of one provider, moved by how many.
INSERT INTO tracking_labeltally (campaign_id, provider, kind, label, messages)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (campaign_id, provider, kind, label) DO UPDATE SET
    messages = tracking_labeltally.messages + excluded.messages

-- name: add_to_reader
-- Messages of one contact, moved by how many, and when the newest was asked for.
INSERT INTO tracking_reader (contact_id, kind, label, messages, last_ms)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (contact_id, kind, label) DO UPDATE SET
    messages = tracking_reader.messages + excluded.messages,
    last_ms = CASE WHEN excluded.last_ms > tracking_reader.last_ms THEN excluded.last_ms
        ELSE tracking_reader.last_ms END
