-- The SQL of the outbox. Portable between SQLite and PostgreSQL; parameters by name. What stands after
-- `postgresql:` at the begin of a line is read there alone: who locks what, and in which order.

-- name: plan_slice
-- Write rows for the next :size people of the audience, in the order of their numbers: so each slice touches one place
-- of every index. LIMIT … OFFSET keeps PostgreSQL from reading all memberships for each slice.
INSERT INTO outbox_message (campaign_id, seq, workspace_id, contact_id, domain, provider, state, stage,
    fault, category, tls, reason, hold, due_ms, attempts, queued_ms, settled_ms)
WITH next_people AS MATERIALIZED (
    SELECT ROW_NUMBER() OVER (ORDER BY c.id) AS place, c.id, c.domain, c.email, c.status, c.deleted_at
    FROM audience_contact c
    WHERE c.workspace_id = %(workspace)s AND c.id > %(cursor)s AND EXISTS (
        SELECT 1 FROM audience_listmembership m
        WHERE m.contact_id = c.id AND m.id <= %(watermark)s AND (m.left_at IS NULL OR m.left_at > %(launched_ms)s)
          AND m.list_id IN (SELECT l.list_id FROM campaigns_campaign_lists l WHERE l.campaign_id = %(campaign)s)
        LIMIT 1 OFFSET 0)
    ORDER BY c.id LIMIT %(size)s
), answered AS (
    SELECT p.place, p.id, p.domain, CASE
        WHEN p.deleted_at IS NOT NULL THEN 'This contact was deleted before the message was written.'
        WHEN s.id IS NOT NULL THEN 'On the suppression list (' || s.reason || ').'
        WHEN p.status <> 'subscribed' THEN 'This contact is ' || p.status || '.'
        ELSE '' END AS why
    FROM next_people p
    LEFT JOIN audience_suppression s ON s.workspace_id = %(workspace)s AND s.email = p.email
)
SELECT %(campaign)s, %(planned)s + a.place, %(workspace)s, a.id, a.domain, '',
    CASE WHEN a.why = '' THEN 'waiting' ELSE 'skipped' END,
    CASE WHEN a.why = '' THEN 'queue' ELSE 'plan' END,
    '', '', '', a.why, '', 0, 0, %(now)s, CASE WHEN a.why = '' THEN NULL ELSE %(now)s END
FROM answered a

-- name: plain_rows
-- What the rows of a list cost at the least: into the same table, columns and indexes, with nothing else asked and
-- nothing counted; the contact's number is the message's too. For `bench plan` alone.
INSERT INTO outbox_message (campaign_id, seq, workspace_id, contact_id, domain, provider, state, stage,
    fault, category, tls, reason, hold, due_ms, attempts, queued_ms, settled_ms)
SELECT l.campaign_id, c.id, c.workspace_id, c.id, c.domain,
    '', 'waiting', 'queue', '', '', '', '', '', 0, 0, %(now)s, NULL
FROM campaigns_campaign_lists l JOIN audience_listmembership m ON m.list_id = l.list_id
JOIN audience_contact c ON c.id = m.contact_id WHERE l.campaign_id = %(campaign)s

-- name: slice_written
-- How many rows a slice came to, how many of them are skipped, and the last contact among them.
SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'skipped' THEN 1 ELSE 0 END), 0), MAX(contact_id) FROM outbox_message
WHERE campaign_id = %(campaign)s AND seq > %(planned)s AND seq <= %(planned)s + %(size)s

-- name: plan_tally
-- Count rows of a slice into the books.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
VALUES (%(campaign)s, '', %(state)s, %(stage)s, '', '', '', %(count)s)
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: count_rows
-- So many new rows at once: PostgreSQL would choose its ways by what the table was like before them.
ANALYZE outbox_message

-- name: advance_plan
-- Remember how far the rows of a campaign are written.
UPDATE outbox_plan SET cursor_contact = %(contact)s, planned = %(planned)s, complete = %(complete)s
WHERE campaign_id = %(campaign)s

-- name: due_window
-- The next messages without a parcel that may go now, with the route of their domain where it is fresh.
SELECT m.seq, m.domain, m.provider, m.attempts, m.dated_ms, m.queued_ms, r.provider, r.outcome, r.evidence
FROM outbox_message m LEFT JOIN outbox_route r ON r.domain = m.domain AND r.expires_ms > %(now)s
WHERE m.campaign_id = %(campaign)s AND m.state = 'waiting' AND m.parcel_id IS NULL AND m.due_ms <= %(now)s
ORDER BY m.due_ms, m.seq LIMIT %(limit)s

-- name: save_route
-- Keep what DNS said about a domain.
INSERT INTO outbox_route (domain, provider, hosts, outcome, evidence, policy, trouble, resolved_ms, expires_ms)
VALUES (%(domain)s, %(provider)s, %(hosts)s, %(outcome)s, %(evidence)s, %(policy)s, %(trouble)s, %(resolved_ms)s, %(expires_ms)s)
ON CONFLICT (domain) DO UPDATE SET provider = excluded.provider, hosts = excluded.hosts,
    outcome = excluded.outcome, evidence = excluded.evidence, policy = excluded.policy, trouble = excluded.trouble,
    resolved_ms = excluded.resolved_ms, expires_ms = excluded.expires_ms

-- name: put_off_until
-- No server may take a message now: it waits for the first that opens.
UPDATE outbox_message SET hold = 'pace', due_ms = %(due)s, reason = %(why)s
WHERE campaign_id = %(campaign)s AND seq = %(seq)s AND state = 'waiting' AND parcel_id IS NULL

-- name: wake
-- A server opened before its time: what waits for one is looked at again.
UPDATE outbox_message SET hold = '', due_ms = %(now)s
WHERE campaign_id = %(campaign)s AND state = 'waiting' AND parcel_id IS NULL AND hold = 'pace' AND due_ms > %(now)s

-- name: free_lanes
-- Lanes in which a campaign has parcels that nobody holds.
SELECT DISTINCT l.id, l.server_id, l.provider FROM outbox_parcel p JOIN outbox_lane l ON l.id = p.lane_id
WHERE p.worker_id IS NULL AND p.campaign_id = %(campaign)s

-- name: parcels_to_dissolve
-- Parcels of a campaign in a lane that nobody holds.
SELECT id FROM outbox_parcel WHERE worker_id IS NULL AND lane_id = %(lane)s AND campaign_id = %(campaign)s
ORDER BY id LIMIT %(limit)s
-- postgresql: FOR UPDATE SKIP LOCKED

-- name: empty_parcel
-- Its messages wait on their own again.
UPDATE outbox_message SET parcel_id = NULL WHERE parcel_id = %(parcel)s AND state = 'waiting'

-- name: dissolve_parcel
DELETE FROM outbox_parcel WHERE id = %(parcel)s AND worker_id IS NULL

-- name: parcelled_by_server
-- Messages that wait in parcels of a server's lanes, by provider.
SELECT l.provider, COUNT(*) FROM outbox_lane l JOIN outbox_parcel p ON p.lane_id = l.id
JOIN outbox_message m ON m.parcel_id = p.id WHERE l.server_id = %(server)s GROUP BY l.provider

-- name: routes_of
-- Routes of the domains that a parcel holds.
SELECT DISTINCT r.domain, r.provider, r.hosts, r.outcome, r.evidence, r.policy, r.trouble, r.resolved_ms, r.expires_ms
FROM outbox_message m JOIN outbox_route r ON r.domain = m.domain WHERE m.parcel_id = %(parcel)s

-- name: find_lane
SELECT id FROM outbox_lane WHERE server_id = %(server)s AND provider = %(provider)s

-- name: make_lane
-- A lane comes into being with the first message that needs it. Never an update: whoever packs would
-- hold the lane against those who take from it.
INSERT INTO outbox_lane (server_id, provider, served_ms) VALUES (%(server)s, %(provider)s, 0)
ON CONFLICT (server_id, provider) DO NOTHING

-- name: new_parcel
-- Put a parcel into the queue.
INSERT INTO outbox_parcel (campaign_id, lane_id, messages, available_ms, lease_until_ms)
VALUES (%(campaign)s, %(lane)s, %(messages)s, 0, 0) RETURNING id

-- name: fill_parcel
-- Put one message into a parcel.
UPDATE outbox_message SET parcel_id = %(parcel)s, hold = ''
WHERE campaign_id = %(campaign)s AND seq = %(seq)s AND state = 'waiting' AND parcel_id IS NULL

-- name: move_tally
-- Messages learn their provider: the books move by :count from what they were.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
SELECT campaign_id, %(provider)s, state, stage, fault, category, tls, COUNT(*)
FROM outbox_message WHERE parcel_id = %(parcel)s AND provider <> %(provider)s
GROUP BY campaign_id, state, stage, fault, category, tls
-- postgresql: ORDER BY state, stage, fault, category, tls
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: leave_tally
-- The other half of move_tally, for the provider they were counted under before.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
SELECT campaign_id, provider, state, stage, fault, category, tls, -COUNT(*)
FROM outbox_message WHERE parcel_id = %(parcel)s AND provider <> %(provider)s
GROUP BY campaign_id, provider, state, stage, fault, category, tls
-- postgresql: ORDER BY campaign_id, provider COLLATE "C", state, stage, fault, category, tls
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: set_provider
-- The rows of move_tally and leave_tally.
UPDATE outbox_message SET provider = %(provider)s WHERE parcel_id = %(parcel)s AND provider <> %(provider)s

-- name: lock_lanes
-- Who takes from a lane has it alone until its parcels are leased, so that two never share its last
-- connection; the others look at other lanes meanwhile. (PostgreSQL alone.)
SELECT l.id FROM outbox_lane l WHERE %(shut)s NOT LIKE '%%,' || l.id || ',%%' AND EXISTS (SELECT 1 FROM outbox_parcel p
    JOIN campaigns_campaign c ON c.id = p.campaign_id AND c.badge IN ('queued', 'sending')
    WHERE p.worker_id IS NULL AND p.lane_id = l.id AND p.available_ms <= %(now)s)
ORDER BY l.served_ms, l.id LIMIT %(limit)s FOR NO KEY UPDATE OF l SKIP LOCKED

-- name: any_action
-- Whether any limit is in force beside those of servers and providers.
SELECT 1 FROM outbox_action WHERE undone_ms IS NULL AND (until_ms IS NULL OR until_ms > %(now)s) LIMIT 1

-- name: open_turns
-- Lanes and campaigns of which parcels are free now: what is in use of the lane, and of it by the campaign, how
-- much waits in the lane as far as it matters, when it was served last, whether the campaign goes first, its
-- workspace, and what that has in use of the lane.
SELECT l.id, c.id, l.server_id, l.provider, c.domain_id,
    (SELECT COUNT(*) FROM outbox_parcel b WHERE b.lane_id = l.id AND b.worker_id IS NOT NULL),
    (SELECT COUNT(*) FROM outbox_parcel b WHERE b.campaign_id = c.id AND b.lane_id = l.id AND b.worker_id IS NOT NULL),
    (SELECT SUM(s.messages) FROM (SELECT b.messages FROM outbox_parcel b WHERE b.lane_id = l.id LIMIT 25) s),
    l.served_ms, CASE WHEN c.purpose = 'transactional' THEN 0 ELSE 1 END, c.workspace_id,
    (SELECT COUNT(*) FROM outbox_parcel b JOIN campaigns_campaign o ON o.id = b.campaign_id
        WHERE o.workspace_id = c.workspace_id AND b.lane_id = l.id AND b.worker_id IS NOT NULL)
FROM outbox_lane l CROSS JOIN campaigns_campaign c
WHERE c.badge IN ('queued', 'sending') AND %(shut)s NOT LIKE '%%,' || l.id || ',%%'
  AND (c.purpose = 'transactional' OR %(rank)s = 1) AND EXISTS (SELECT 1 FROM outbox_parcel p WHERE p.worker_id IS NULL AND p.lane_id = l.id
      AND p.campaign_id = c.id AND p.available_ms <= %(now)s)

-- name: free_parcels
-- Parcels of one lane and campaign that nobody holds, oldest first.
SELECT id, messages FROM outbox_parcel
WHERE worker_id IS NULL AND lane_id = %(lane)s AND campaign_id = %(campaign)s AND available_ms <= %(now)s
ORDER BY id LIMIT %(limit)s
-- postgresql: FOR UPDATE SKIP LOCKED

-- name: lease_parcel
-- Compare and set: the parcel is ours if it is where a broker said, is due, and nobody took it meanwhile.
UPDATE outbox_parcel SET worker_id = %(worker)s, lease_until_ms = %(until)s
WHERE id = %(parcel)s AND worker_id IS NULL AND lane_id = %(lane)s AND campaign_id = %(campaign)s
  AND available_ms <= %(now)s

-- name: free_by_line
-- How many parcels each line has that nobody holds, due or not.
SELECT lane_id, campaign_id, COUNT(*) FROM outbox_parcel WHERE worker_id IS NULL GROUP BY lane_id, campaign_id

-- name: free_of_line
-- The parcels of one line that nobody holds, and when each may be taken.
SELECT id, available_ms FROM outbox_parcel
WHERE worker_id IS NULL AND lane_id = %(lane)s AND campaign_id = %(campaign)s ORDER BY id

-- name: served
-- The lane had its turn.
UPDATE outbox_lane SET served_ms = %(now)s WHERE id = %(lane)s

-- name: letters_in_parcel
-- What a worker needs to write the messages of its parcel, with what has changed since the plan.
SELECT m.seq, m.attempts, m.contact_id, m.domain, m.queued_ms, m.dated_ms, c.email, c.fields, c.status,
    c.deleted_at, s.reason,
    EXISTS (SELECT 1 FROM outbox_attempt a WHERE a.campaign_id = m.campaign_id AND a.seq = m.seq AND a.outcome = 'unknown')
FROM outbox_message m
JOIN audience_contact c ON c.id = m.contact_id
LEFT JOIN audience_suppression s ON s.workspace_id = c.workspace_id AND s.email = c.email
WHERE m.parcel_id = %(parcel)s AND m.state = 'waiting' ORDER BY m.domain, m.seq

-- name: renew_leases
-- A working worker keeps its parcels.
UPDATE outbox_parcel SET lease_until_ms = %(until)s WHERE worker_id = %(worker)s

-- name: heartbeat
-- A sign of life and of progress.
UPDATE outbox_worker SET heartbeat_ms = %(now)s, settled = %(settled)s, database_losses = %(database_losses)s,
    queue_losses = %(queue_losses)s, journal_bytes = %(journal_bytes)s
WHERE id = %(worker)s AND ended_ms IS NULL

-- name: hand_back_parcel
-- A parcel returns to the queue; its unsettled messages stay in it.
UPDATE outbox_parcel SET worker_id = NULL, lease_until_ms = 0, available_ms = %(available)s
WHERE id = %(parcel)s AND worker_id = %(worker)s RETURNING lane_id, campaign_id

-- name: drop_parcel
-- All its messages are settled, or wait on their own: the parcel has done its work.
DELETE FROM outbox_parcel WHERE id = %(parcel)s
  AND NOT EXISTS (SELECT 1 FROM outbox_message m WHERE m.parcel_id = %(parcel)s)

-- name: parcels_of_worker
-- What a worker holds.
SELECT id FROM outbox_parcel WHERE worker_id = %(worker)s

-- name: unsettled_of_worker
-- Messages that a worker held and did not settle.
SELECT m.campaign_id, m.seq, m.attempts, m.dated_ms FROM outbox_message m
JOIN outbox_parcel p ON p.id = m.parcel_id WHERE p.worker_id = %(worker)s AND m.state = 'waiting'

-- name: make_settling
-- The outcomes of one transaction, beside the rows they will change.
CREATE TEMPORARY TABLE IF NOT EXISTS settling (
    campaign_id bigint, seq bigint, n integer, started_ms bigint, ended_ms bigint, outcome text, stage text,
    fault text, category text, code integer, enhanced text, reply text, steps text, session_id text,
    may_be_duplicate boolean, state text, hold text, due_ms bigint, dated_ms bigint, tls text,
    PRIMARY KEY (campaign_id, seq, n))
-- postgresql: ON COMMIT DELETE ROWS

-- name: clear_settling
DELETE FROM settling

-- name: add_settling
INSERT INTO settling (campaign_id, seq, n, started_ms, ended_ms, outcome, stage, state, fault, category, code, enhanced,
    reply, steps, session_id, may_be_duplicate, hold, due_ms, dated_ms, tls)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING

-- name: add_settling_lines
-- The same from their lines of JSON, which take PostgreSQL a tenth of the time that as many statements do.
INSERT INTO settling (campaign_id, seq, n, started_ms, ended_ms, outcome, stage, state, fault, category, code, enhanced,
    reply, steps, session_id, may_be_duplicate, hold, due_ms, dated_ms, tls)
SELECT (each ->> 0)::bigint, (each ->> 1)::bigint, (each ->> 2)::integer, (each ->> 3)::bigint,
    (each ->> 4)::bigint, each ->> 5, each ->> 6, each ->> 7, each ->> 8, each ->> 9, (each ->> 10)::integer,
    each ->> 11, each ->> 12, each ->> 13, each ->> 14, (each ->> 15)::boolean, each ->> 16, (each ->> 17)::bigint,
    (each ->> 18)::bigint, each ->> 19
FROM jsonb_array_elements(%(lines)s::jsonb) each
ON CONFLICT DO NOTHING

-- name: lock_settling
-- Nobody else settles these messages meanwhile: what is told twice at once is told one after the other.
-- (PostgreSQL alone.)
SELECT m.seq FROM outbox_message m JOIN settling s ON m.campaign_id = s.campaign_id AND m.seq = s.seq
ORDER BY m.campaign_id, m.seq FOR NO KEY UPDATE OF m

-- name: forget_settled
-- Settling is idempotent: what is in the books already, or was never ours to settle, is left alone.
DELETE FROM settling WHERE NOT EXISTS (SELECT 1 FROM outbox_message m
    WHERE m.campaign_id = settling.campaign_id AND m.seq = settling.seq
      AND m.state = 'waiting' AND m.attempts = settling.n - 1)

-- name: settle_attempts
INSERT INTO outbox_attempt (campaign_id, seq, n, started_ms, ended_ms, outcome, stage, fault, category, code,
    enhanced, reply, steps, session_id, may_be_duplicate)
SELECT campaign_id, seq, n, started_ms, ended_ms, outcome, stage, fault, category, code, enhanced, reply, steps,
    session_id, may_be_duplicate FROM settling

-- name: settle_tally
-- The books move with the rows: away from where each message stood, to where it stands now.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
SELECT campaign_id, provider, state, stage, fault, category, tls, SUM(n) FROM (
    SELECT m.campaign_id, m.provider, m.state, m.stage, m.fault, m.category, m.tls, -1 AS n
    FROM settling s JOIN outbox_message m ON m.campaign_id = s.campaign_id AND m.seq = s.seq
    UNION ALL
    SELECT s.campaign_id, m.provider, s.state, s.stage, s.fault, s.category, s.tls, 1
    FROM settling s JOIN outbox_message m ON m.campaign_id = s.campaign_id AND m.seq = s.seq) moved
GROUP BY campaign_id, provider, state, stage, fault, category, tls
-- postgresql: ORDER BY campaign_id, provider COLLATE "C", state, stage, fault, category, tls
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: count_by_source
-- How the tries of a batch ended, by server, provider and day. A try that got past the greeting and did
-- not fail for a reason of ours ends a row of failures. MATERIALIZED: PostgreSQL would else begin with all
-- messages that are in parcels.
INSERT INTO outbox_sourceday (server_id, provider, day, sent, accepted, deferred, bounced, blocked, failures,
    last_ms, last_stage, last_fault, last_category, last_reply)
WITH tried AS MATERIALIZED (
    SELECT m.parcel_id, s.ended_ms, s.outcome, s.stage, s.fault
    FROM settling s JOIN outbox_message m ON m.campaign_id = s.campaign_id AND m.seq = s.seq
)
SELECT l.server_id, l.provider, s.ended_ms / 86400000, COUNT(*),
    SUM(CASE WHEN s.outcome = 'accepted' THEN 1 ELSE 0 END),
    SUM(CASE WHEN s.outcome = 'deferred' AND s.fault IN ('our_ip', 'our_domain', 'our_content', 'our_pace') THEN 1 ELSE 0 END),
    SUM(CASE WHEN s.outcome = 'refused' AND s.fault = 'recipient' THEN 1 ELSE 0 END),
    SUM(CASE WHEN s.outcome = 'refused' AND s.fault = 'our_ip' THEN 1 ELSE 0 END),
    CASE WHEN SUM(CASE WHEN s.fault IN ('our_ip', 'our_config')
        OR (s.fault IN ('network', 'recipient_system') AND s.stage IN ('dns', 'connect', 'greeting', 'ehlo', 'tls')) THEN 0 ELSE 1 END) = 0
        THEN COUNT(*) ELSE 0 END,
    0, '', '', '', ''
FROM tried s JOIN outbox_parcel p ON p.id = s.parcel_id JOIN outbox_lane l ON l.id = p.lane_id
WHERE s.stage NOT IN ('plan', 'queue', 'pace', 'compose')
GROUP BY l.server_id, l.provider, s.ended_ms / 86400000
-- postgresql: ORDER BY l.server_id, l.provider COLLATE "C", s.ended_ms / 86400000
ON CONFLICT (server_id, provider, day) DO UPDATE SET sent = outbox_sourceday.sent + excluded.sent,
    accepted = outbox_sourceday.accepted + excluded.accepted, deferred = outbox_sourceday.deferred + excluded.deferred,
    bounced = outbox_sourceday.bounced + excluded.bounced, blocked = outbox_sourceday.blocked + excluded.blocked,
    failures = CASE WHEN excluded.failures = 0 THEN 0 ELSE outbox_sourceday.failures + excluded.failures END

-- name: note_failures
-- The last failure of each server and provider in a batch, told in the row that counts it.
WITH tried AS MATERIALIZED (
    SELECT m.parcel_id, s.seq, s.ended_ms, s.outcome, s.stage, s.fault, s.category, s.reply
    FROM settling s JOIN outbox_message m ON m.campaign_id = s.campaign_id AND m.seq = s.seq
)
UPDATE outbox_sourceday SET last_ms = f.ended_ms, last_stage = f.stage, last_fault = f.fault,
    last_category = f.category, last_reply = f.reply
FROM (SELECT l.server_id, l.provider, s.ended_ms / 86400000 AS day, s.ended_ms, s.stage, s.fault, s.category,
        substr(s.reply, 1, 500) AS reply,
        ROW_NUMBER() OVER (PARTITION BY l.server_id, l.provider, s.ended_ms / 86400000 ORDER BY s.ended_ms DESC, s.seq) AS place
    FROM tried s JOIN outbox_parcel p ON p.id = s.parcel_id JOIN outbox_lane l ON l.id = p.lane_id
    WHERE s.outcome <> 'accepted' AND (s.fault IN ('our_ip', 'our_config')
        OR (s.fault IN ('network', 'recipient_system') AND s.stage IN ('dns', 'connect', 'greeting', 'ehlo', 'tls')))) f
WHERE f.place = 1 AND outbox_sourceday.server_id = f.server_id AND outbox_sourceday.provider = f.provider
  AND outbox_sourceday.day = f.day

-- name: settle_messages
UPDATE outbox_message SET state = s.state, stage = s.stage, fault = s.fault, category = s.category, tls = s.tls,
    reason = substr(s.reply, 1, 500), hold = s.hold, due_ms = s.due_ms, attempts = s.n, parcel_id = NULL,
    dated_ms = COALESCE(outbox_message.dated_ms, s.dated_ms),
    settled_ms = CASE WHEN s.state = 'waiting' THEN NULL ELSE s.ended_ms END
FROM settling s WHERE outbox_message.campaign_id = s.campaign_id AND outbox_message.seq = s.seq

-- name: lock_state
-- Nobody settles these messages between the books and the rows. (PostgreSQL alone.)
SELECT seq FROM outbox_message WHERE campaign_id = %(campaign)s AND state = %(state)s AND seq <= %(last)s
ORDER BY seq FOR NO KEY UPDATE

-- name: skip_tally
-- Messages that will not be sent: the books move first.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
SELECT campaign_id, provider, state, stage, fault, category, tls, SUM(n) FROM (
    SELECT campaign_id, provider, state, stage, fault, category, tls, -1 AS n FROM outbox_message
    WHERE campaign_id = %(campaign)s AND state = 'waiting' AND seq <= %(last)s
    UNION ALL
    SELECT campaign_id, provider, 'skipped', 'queue', '', '', '', 1 FROM outbox_message
    WHERE campaign_id = %(campaign)s AND state = 'waiting' AND seq <= %(last)s) moved
GROUP BY campaign_id, provider, state, stage, fault, category, tls
-- postgresql: ORDER BY campaign_id, provider COLLATE "C", state, stage, fault, category, tls
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: skip_messages
-- The rows of skip_tally.
UPDATE outbox_message SET state = 'skipped', stage = 'queue', fault = '', category = '', hold = '', parcel_id = NULL,
    reason = %(why)s, settled_ms = %(now)s
WHERE campaign_id = %(campaign)s AND state = 'waiting' AND seq <= %(last)s

-- name: skip_to
-- Where the next slice of waiting rows ends.
SELECT MAX(seq) FROM (SELECT seq FROM outbox_message
    WHERE campaign_id = %(campaign)s AND state = 'waiting' ORDER BY seq LIMIT %(limit)s) w

-- name: leased_of_campaign
-- Parcels of a campaign that workers still hold.
SELECT COUNT(*) FROM outbox_parcel WHERE campaign_id = %(campaign)s AND worker_id IS NOT NULL

-- name: drop_free_parcels
-- A cancelled campaign needs no parcels.
DELETE FROM outbox_parcel WHERE campaign_id = %(campaign)s AND worker_id IS NULL

-- name: save_session
INSERT INTO outbox_session (id, server_id, at_ms, evidence) VALUES (%(id)s, %(server)s, %(at_ms)s, %(evidence)s)
ON CONFLICT (id) DO NOTHING

-- name: books
-- What the tallies say, and how far the plan is, seen at one instant.
SELECT state, SUM(count) FROM outbox_tally WHERE campaign_id = %(campaign)s GROUP BY state
UNION ALL SELECT 'planned', planned FROM outbox_plan WHERE campaign_id = %(campaign)s
UNION ALL SELECT 'complete', 1 FROM outbox_plan WHERE campaign_id = %(campaign)s AND complete

-- name: proof
-- Where the books and the rows differ; an empty answer proves the books.
SELECT provider, state, stage, fault, category, tls, counted, booked FROM outbox_proof
WHERE campaign_id = %(campaign)s AND counted <> booked

-- name: tallies
SELECT provider, state, stage, fault, category, tls, count FROM outbox_tally
WHERE campaign_id = %(campaign)s AND count <> 0

-- name: finished
-- Campaigns under way of which nothing waits.
SELECT p.campaign_id FROM outbox_plan p JOIN campaigns_campaign c ON c.id = p.campaign_id
WHERE p.complete AND c.badge IN ('queued', 'sending')
  AND COALESCE((SELECT SUM(t.count) FROM outbox_tally t WHERE t.campaign_id = p.campaign_id AND t.state = 'waiting'), 0) = 0


-- name: messages_by_state
-- All messages that there are, as the books have them.
SELECT state, SUM(count) FROM outbox_tally GROUP BY state

-- name: parcels_by_lane
-- What each lane has in parcels, as they were packed: messages that wait, and parcels in use.
SELECT l.id, l.provider, SUM(p.messages), SUM(CASE WHEN p.worker_id IS NULL THEN 0 ELSE 1 END)
FROM outbox_parcel p JOIN outbox_lane l ON l.id = p.lane_id
GROUP BY l.id, l.provider ORDER BY SUM(p.messages) DESC LIMIT %(limit)s

-- name: oldest_under_way
-- The campaign that was queued first of those of which something waits.
SELECT MIN(c.launched_at) FROM campaigns_campaign c WHERE c.badge IN ('queuing', 'queued', 'sending')
  AND EXISTS (SELECT 1 FROM outbox_tally t WHERE t.campaign_id = c.id AND t.state = 'waiting' AND t.count > 0)

-- name: parcel_counts
-- Parcels that wait and parcels that are leased.
SELECT SUM(CASE WHEN worker_id IS NULL THEN 1 ELSE 0 END), SUM(CASE WHEN worker_id IS NULL THEN 0 ELSE 1 END)
FROM outbox_parcel

-- name: unknown_count
SELECT COUNT(*) FROM outbox_message WHERE campaign_id = %(campaign)s AND state = 'unknown'

-- name: work_by_lane
-- Messages that wait in parcels and parcels in use, by lane.
SELECT w.lane_id, SUM(w.waiting), SUM(w.leased) FROM (
    SELECT p.lane_id, (SELECT COUNT(*) FROM outbox_message m WHERE m.parcel_id = p.id) AS waiting,
        CASE WHEN p.worker_id IS NULL THEN 0 ELSE 1 END AS leased
    FROM outbox_parcel p) w
GROUP BY w.lane_id

-- name: cancelled
-- Cancelled campaigns whose rows are not all written, or of which messages still wait.
SELECT c.id FROM campaigns_campaign c LEFT JOIN outbox_plan p ON p.campaign_id = c.id
WHERE c.badge = 'cancelled' AND c.audience IS NOT NULL AND (p.complete IS NULL OR NOT p.complete
  OR EXISTS (SELECT 1 FROM outbox_tally t WHERE t.campaign_id = c.id AND t.state = 'waiting' AND t.count > 0))

-- name: retry_count
-- Messages that ended and that a person may have tried again, whoever they are to.
SELECT COUNT(*) FROM outbox_message WHERE campaign_id = %(campaign)s AND state = %(state)s
  AND %(provider)s IN ('*', provider) AND %(fault)s IN ('*', fault) AND %(category)s IN ('*', category)
  AND %(stages)s LIKE '%%,' || stage || ',%%'

-- name: retry_mark
-- Of those of retry_count the ones who may still be written to, marked until retry_messages moves them:
-- what is counted into the books and what is moved are then the same rows, whatever happens meanwhile.
UPDATE outbox_message SET hold = 'again'
WHERE campaign_id = %(campaign)s AND state = %(state)s
  AND %(provider)s IN ('*', provider) AND %(fault)s IN ('*', fault) AND %(category)s IN ('*', category)
  AND %(stages)s LIKE '%%,' || stage || ',%%'
  AND EXISTS (SELECT 1 FROM audience_contact c
      LEFT JOIN audience_suppression s ON s.workspace_id = c.workspace_id AND s.email = c.email
      WHERE c.id = outbox_message.contact_id AND c.deleted_at IS NULL AND c.status = 'subscribed' AND s.id IS NULL)

-- name: retry_tally
-- The marked messages wait again: the books move first.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
SELECT campaign_id, provider, state, stage, fault, category, tls, SUM(n) FROM (
    SELECT campaign_id, provider, state, stage, fault, category, tls, -1 AS n FROM outbox_message
    WHERE campaign_id = %(campaign)s AND hold = 'again'
    UNION ALL
    SELECT campaign_id, provider, 'waiting', stage, fault, category, tls, 1 FROM outbox_message
    WHERE campaign_id = %(campaign)s AND hold = 'again') moved
GROUP BY campaign_id, provider, state, stage, fault, category, tls
-- postgresql: ORDER BY campaign_id, provider COLLATE "C", state, stage, fault, category, tls
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: retry_messages
-- The rows of retry_tally. The term to try them starts anew with queued_ms; the Date stays.
UPDATE outbox_message SET state = 'waiting', hold = 'retry', due_ms = %(now)s, queued_ms = %(now)s, settled_ms = NULL
WHERE campaign_id = %(campaign)s AND hold = 'again'

-- name: parcels_ahead
-- Messages of a campaign and lane in parcels that are taken before this one, at most :limit.
SELECT COUNT(*) FROM (SELECT 1 FROM outbox_parcel p JOIN outbox_message m ON m.parcel_id = p.id
    WHERE p.lane_id = %(lane)s AND p.campaign_id = %(campaign)s AND p.id < %(parcel)s AND m.state = 'waiting'
    LIMIT %(limit)s) a

-- name: order_in_parcel
-- The numbers in the order a worker takes them: that of letters_in_parcel.
SELECT m.seq FROM outbox_message m WHERE m.parcel_id = %(parcel)s AND m.state = 'waiting' ORDER BY m.domain, m.seq

-- name: put_off
-- Messages that wait on their own, the first due first.
SELECT m.seq, m.provider FROM outbox_message m
WHERE m.campaign_id = %(campaign)s AND m.state = 'waiting' AND m.parcel_id IS NULL
ORDER BY m.due_ms, m.seq LIMIT %(limit)s

-- name: latest_due
-- When the last of the messages that wait on their own is due.
SELECT MAX(m.due_ms) FROM outbox_message m
WHERE m.campaign_id = %(campaign)s AND m.state = 'waiting' AND m.parcel_id IS NULL

-- name: first_to_roll
-- The first message of a campaign with an attempt to roll up.
SELECT MIN(seq) FROM outbox_attempt
WHERE campaign_id = %(campaign)s AND outcome <> 'unknown' AND ended_ms < %(before)s

-- name: roll_up
-- Count a slice of attempts. What is tried again meanwhile ended later than :before, and is left alone.
INSERT INTO outbox_attemptcount (campaign_id, provider, outcome, stage, fault, category, day, count)
SELECT a.campaign_id, m.provider, a.outcome, a.stage, a.fault, a.category, a.ended_ms / 86400000, COUNT(*)
FROM outbox_attempt a JOIN outbox_message m ON m.campaign_id = a.campaign_id AND m.seq = a.seq
WHERE a.campaign_id = %(campaign)s AND a.seq BETWEEN %(first)s AND %(last)s AND a.outcome <> 'unknown'
  AND a.ended_ms < %(before)s
GROUP BY a.campaign_id, m.provider, a.outcome, a.stage, a.fault, a.category, a.ended_ms / 86400000
-- postgresql: ORDER BY a.campaign_id, m.provider COLLATE "C", a.outcome, a.stage, a.fault, a.category, a.ended_ms / 86400000
ON CONFLICT (campaign_id, provider, outcome, stage, fault, category, day)
DO UPDATE SET count = outbox_attemptcount.count + excluded.count

-- name: drop_rolled
-- The rows of roll_up.
DELETE FROM outbox_attempt WHERE campaign_id = %(campaign)s AND seq BETWEEN %(first)s AND %(last)s
  AND outcome <> 'unknown' AND ended_ms < %(before)s

-- name: take_clerks_turn
-- One clerk plans for all hosts: the turn is its connection's, and ends with it. (PostgreSQL alone.)
SELECT pg_try_advisory_lock(%(key)s)

-- name: move_permit
-- What was taken of a limit.
UPDATE outbox_permit SET next_us = %(next_us)s, window_us = %(window_us)s, used = %(used)s WHERE name = %(name)s

-- name: clock
-- Microseconds since 1970 by the clock that all hosts share. (PostgreSQL alone.)
SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint

-- name: rewind_parcels
-- The clock was put back: what was to wait until a time of the old one waits as long as it was meant to.
UPDATE outbox_parcel SET available_ms = available_ms - %(by)s WHERE worker_id IS NULL AND available_ms > %(from)s
  AND available_ms < %(to)s

-- name: rewind_messages
-- The same for messages that wait on their own.
UPDATE outbox_message SET due_ms = due_ms - %(by)s
WHERE campaign_id = %(campaign)s AND state = 'waiting' AND parcel_id IS NULL AND due_ms > %(from)s
  AND due_ms < %(to)s

-- name: lock_free
-- Nobody leases these parcels of a lane meanwhile. (PostgreSQL alone.)
SELECT id FROM outbox_parcel WHERE lane_id = %(lane)s AND campaign_id = %(campaign)s AND worker_id IS NULL
ORDER BY id FOR UPDATE

-- name: expire_mark
-- Waiting messages of one campaign and lane that no worker has, marked until expire_messages moves them. Those in
-- no parcel are the lane's only where its server sends :alone.
UPDATE outbox_message SET hold = 'expire' WHERE campaign_id = %(campaign)s AND state = 'waiting' AND (
    parcel_id IN (SELECT p.id FROM outbox_parcel p WHERE p.lane_id = %(lane)s AND p.worker_id IS NULL)
    OR (%(alone)s = 1 AND parcel_id IS NULL AND provider = %(provider)s))

-- name: expire_tally
-- Messages that are given up: the books move first.
INSERT INTO outbox_tally (campaign_id, provider, state, stage, fault, category, tls, count)
SELECT campaign_id, provider, state, stage, fault, category, tls, SUM(n) FROM (
    SELECT campaign_id, provider, state, stage, fault, category, tls, -1 AS n FROM outbox_message
    WHERE campaign_id = %(campaign)s AND hold = 'expire'
    UNION ALL
    SELECT campaign_id, provider, 'refused', stage, CASE WHEN fault = '' THEN 'our_pace' ELSE fault END,
        'expired_or_network', tls, 1 FROM outbox_message
    WHERE campaign_id = %(campaign)s AND hold = 'expire') moved
GROUP BY campaign_id, provider, state, stage, fault, category, tls
-- postgresql: ORDER BY campaign_id, provider COLLATE "C", state, stage, fault, category, tls
ON CONFLICT (campaign_id, provider, state, stage, fault, category, tls)
DO UPDATE SET count = outbox_tally.count + excluded.count

-- name: expire_messages
-- The rows of expire_tally, refused at the stage they stood at.
UPDATE outbox_message SET state = 'refused', fault = CASE WHEN fault = '' THEN 'our_pace' ELSE fault END,
    category = 'expired_or_network', hold = '', parcel_id = NULL, reason = %(why)s, settled_ms = %(now)s
WHERE campaign_id = %(campaign)s AND hold = 'expire'

-- name: drop_empty_parcels
-- Free parcels of a lane in which nothing is left.
DELETE FROM outbox_parcel WHERE lane_id = %(lane)s AND worker_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM outbox_message m WHERE m.parcel_id = outbox_parcel.id)

-- name: refusals
-- What the other side said where a message of this transaction was put off or refused, and to whom.
SELECT m.workspace_id, COALESCE(x.server_id, c.server_id), m.provider, c.domain_id, s.reply, s.ended_ms
FROM settling s JOIN outbox_message m ON m.campaign_id = s.campaign_id AND m.seq = s.seq
JOIN campaigns_campaign c ON c.id = s.campaign_id LEFT JOIN outbox_session x ON x.id = s.session_id
WHERE s.outcome IN ('deferred', 'refused') AND s.code IS NOT NULL AND s.session_id <> ''

-- name: parcelled_by_lane
-- Messages that were put into the lines of lanes, as they were when the parcels were made.
SELECT p.lane_id, SUM(p.messages) FROM outbox_parcel p GROUP BY p.lane_id

-- name: unmatched
-- Replies that no rule knew, of attempts that ended after :mark, oldest first.
SELECT m.workspace_id, m.provider, a.stage, a.reply, a.ended_ms
FROM outbox_attempt a JOIN outbox_message m ON m.campaign_id = a.campaign_id AND m.seq = a.seq
WHERE a.category = 'unknown' AND a.code IS NOT NULL AND a.ended_ms > %(mark)s AND a.ended_ms <= %(until)s
ORDER BY a.ended_ms LIMIT %(limit)s

-- name: recipient_faults
-- Ends of messages for which the recipient is to blame, of attempts that ended after :mark, oldest first.
SELECT a.campaign_id, a.seq, a.n, m.workspace_id, m.contact_id, m.provider, a.stage, a.category, a.code, a.enhanced,
    a.reply, a.ended_ms
FROM outbox_attempt a JOIN outbox_message m ON m.campaign_id = a.campaign_id AND m.seq = a.seq
WHERE a.fault = 'recipient' AND a.ended_ms > %(mark)s AND a.ended_ms <= %(until)s
  AND (a.outcome = 'refused' OR (a.outcome = 'deferred' AND a.category = 'expired_or_network'))
ORDER BY a.ended_ms LIMIT %(limit)s

-- name: log_attempts
-- Attempts, newest first, by whatever is asked; what is empty or 0 holds for any.
SELECT a.ended_ms, a.campaign_id, a.seq, a.n, c.email, m.provider, a.outcome, a.stage, a.fault, a.category, a.code,
    a.enhanced, a.reply
FROM outbox_attempt a JOIN outbox_message m ON m.campaign_id = a.campaign_id AND m.seq = a.seq
LEFT JOIN audience_contact c ON c.id = m.contact_id
WHERE a.ended_ms >= %(since)s AND a.ended_ms <= %(at)s
  AND (%(outcome)s = '' OR a.outcome = %(outcome)s)
  AND (%(category)s = '' OR a.category = %(category)s) AND (%(fault)s = '' OR a.fault = %(fault)s)
  AND (%(status)s = '' OR a.enhanced = %(status)s OR substr(a.enhanced, 1, %(length)s) = %(dotted)s
    OR (a.code BETWEEN %(code_from)s AND %(code_to)s AND (a.enhanced = '' OR %(code_to)s = %(code_from)s)))
  AND (%(campaign)s = 0 OR a.campaign_id = %(campaign)s)
  AND m.workspace_id = %(workspace)s AND (%(provider)s = '' OR m.provider = %(provider)s)
  AND (%(list)s = 0 OR EXISTS (SELECT 1 FROM audience_listmembership l
    WHERE l.contact_id = m.contact_id AND l.list_id = %(list)s AND l.left_at IS NULL))
  AND (a.ended_ms < %(at)s OR (a.campaign_id, a.seq, a.n) < (%(campaign_at)s, %(seq_at)s, %(n_at)s))
ORDER BY a.ended_ms DESC, a.campaign_id DESC, a.seq DESC, a.n DESC LIMIT %(limit)s

-- name: log_troubles
-- The same of those that were not accepted, in the words of the index that they have of their own.
SELECT a.ended_ms, a.campaign_id, a.seq, a.n, c.email, m.provider, a.outcome, a.stage, a.fault, a.category, a.code,
    a.enhanced, a.reply
FROM outbox_attempt a JOIN outbox_message m ON m.campaign_id = a.campaign_id AND m.seq = a.seq
LEFT JOIN audience_contact c ON c.id = m.contact_id
WHERE NOT (a.outcome = 'accepted') AND a.ended_ms >= %(since)s AND a.ended_ms <= %(at)s
  AND (%(outcome)s = '' OR a.outcome = %(outcome)s)
  AND (%(category)s = '' OR a.category = %(category)s) AND (%(fault)s = '' OR a.fault = %(fault)s)
  AND (%(status)s = '' OR a.enhanced = %(status)s OR substr(a.enhanced, 1, %(length)s) = %(dotted)s
    OR (a.code BETWEEN %(code_from)s AND %(code_to)s AND (a.enhanced = '' OR %(code_to)s = %(code_from)s)))
  AND (%(campaign)s = 0 OR a.campaign_id = %(campaign)s)
  AND m.workspace_id = %(workspace)s AND (%(provider)s = '' OR m.provider = %(provider)s)
  AND (%(list)s = 0 OR EXISTS (SELECT 1 FROM audience_listmembership l
    WHERE l.contact_id = m.contact_id AND l.list_id = %(list)s AND l.left_at IS NULL))
  AND (a.ended_ms < %(at)s OR (a.campaign_id, a.seq, a.n) < (%(campaign_at)s, %(seq_at)s, %(n_at)s))
ORDER BY a.ended_ms DESC, a.campaign_id DESC, a.seq DESC, a.n DESC LIMIT %(limit)s

-- name: tell_settled
-- For workspaces that are listened to: what becomes of the messages of this transaction. CROSS JOIN keeps
-- SQLite from looking through all messages for those of each listener.
INSERT INTO outbox_news (workspace_id, campaign_id, seq, n, state, at_ms)
SELECT m.workspace_id, s.campaign_id, s.seq, s.n, s.state, s.ended_ms
FROM settling s CROSS JOIN outbox_message m
WHERE EXISTS (SELECT 1 FROM outbox_listener) AND m.campaign_id = s.campaign_id AND m.seq = s.seq
  AND EXISTS (SELECT 1 FROM outbox_listener l WHERE l.workspace_id = m.workspace_id)
ORDER BY s.ended_ms, s.campaign_id, s.seq

-- name: tell_planned
-- The same for those of a slice that are skipped from the start.
INSERT INTO outbox_news (workspace_id, campaign_id, seq, n, state, at_ms)
SELECT m.workspace_id, m.campaign_id, m.seq, 0, m.state, m.settled_ms
FROM outbox_message m JOIN outbox_listener l ON l.workspace_id = m.workspace_id
WHERE m.campaign_id = %(campaign)s AND m.seq > %(planned)s AND m.seq <= %(planned)s + %(size)s AND m.state = 'skipped'
ORDER BY m.seq

-- name: tell_skipped
-- The same for those that skip_messages skips.
INSERT INTO outbox_news (workspace_id, campaign_id, seq, n, state, at_ms)
SELECT m.workspace_id, m.campaign_id, m.seq, 0, 'skipped', %(now)s
FROM outbox_message m JOIN outbox_listener l ON l.workspace_id = m.workspace_id
WHERE m.campaign_id = %(campaign)s AND m.state = 'waiting' AND m.seq <= %(last)s ORDER BY m.seq

-- name: tell_expired
-- The same for those that expire_messages gives up.
INSERT INTO outbox_news (workspace_id, campaign_id, seq, n, state, at_ms)
SELECT m.workspace_id, m.campaign_id, m.seq, 0, 'refused', %(now)s
FROM outbox_message m JOIN outbox_listener l ON l.workspace_id = m.workspace_id
WHERE m.campaign_id = %(campaign)s AND m.hold = 'expire' ORDER BY m.seq

-- name: news
-- The oldest news, with what the attempt or else the message says.
SELECT w.id, w.workspace_id, w.campaign_id, w.seq, w.n, w.state, w.at_ms, m.contact_id, COALESCE(c.email, ''),
    m.provider, COALESCE(a.stage, m.stage), COALESCE(a.fault, m.fault), COALESCE(a.category, m.category),
    a.code, COALESCE(a.enhanced, ''), COALESCE(a.reply, m.reason)
FROM outbox_news w JOIN outbox_message m ON m.campaign_id = w.campaign_id AND m.seq = w.seq
LEFT JOIN outbox_attempt a ON a.campaign_id = w.campaign_id AND a.seq = w.seq AND a.n = w.n
LEFT JOIN audience_contact c ON c.id = m.contact_id
ORDER BY w.id LIMIT %(limit)s
