-- The statements of tracking. All run in one transaction per batch of hits; SQLite and PostgreSQL.

-- name: insert_hit
INSERT INTO tracking_hit
    (campaign_id, seq, kind, link, detail, at_ms, user_agent, ip, method)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)

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
