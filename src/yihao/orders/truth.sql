-- name: last_checkpoint
-- The newest checkpoint.
SELECT id, hash FROM checkpoint ORDER BY id DESC LIMIT 1

-- name: keep_checkpoint
-- One more.
INSERT INTO checkpoint (id, at, orders, events, heads, previous, hash, signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: checkpoints_from
-- Checkpoints from a number on, without their heads.
SELECT id, hash, signature FROM checkpoint WHERE id >= $1 ORDER BY id

-- name: checkpoints_after
-- A few checkpoints after a number, whole.
SELECT id, at, orders, events, heads, previous, hash, signature FROM checkpoint WHERE id > $1 ORDER BY id LIMIT $2

-- name: events_told
-- The events (number, seq) the feed spoke of; one that is gone has no hash. LATERAL with LIMIT keeps to the key of each.
SELECT k.number, k.seq, e.hash, e.recorded_at FROM unnest($1::text[], $2::int[]) AS k(number, seq)
LEFT JOIN LATERAL (SELECT hash, recorded_at FROM order_event WHERE number = k.number AND seq = k.seq LIMIT 1) e ON true
ORDER BY k.number COLLATE "C", k.seq

-- name: events_between
-- What a checkpoint needs of all events of a run of orders.
SELECT number, seq, hash, recorded_at FROM order_event WHERE number > $1 AND number <= $2 ORDER BY number, seq

-- name: unread
-- Events no checkpoint has taken in yet: still in the feed beyond the follower's cursor.
SELECT o.number, o.seq FROM outbox o
WHERE o.status = 'feed' AND o.topic LIKE 'order.%' AND (o.xid, o.id) > (
  SELECT coalesce(max(f.xid), '0'), coalesce(max(f.id), 0) FROM follower f WHERE f.name = 'checkpoint')

-- name: covered
-- Where verify spreads the heads of all checkpoints out, to walk them beside the orders.
CREATE TEMP TABLE covered (number text COLLATE "C" NOT NULL, first int NOT NULL, last int NOT NULL, digest bytea NOT NULL, checkpoint bigint NOT NULL)

-- name: page
-- The next numbers anything is known of.
SELECT number FROM (
  (SELECT number FROM work_order WHERE number > $1 ORDER BY number LIMIT $2)
  UNION (SELECT DISTINCT number FROM order_event WHERE number > $1 ORDER BY number LIMIT $2)
  UNION (SELECT DISTINCT number FROM covered WHERE number > $1 ORDER BY number LIMIT $2)) AS known
ORDER BY number COLLATE "C" LIMIT $2

-- name: orders
-- The stored rows of a run of orders.
SELECT number, version, head, state, path, jurisdiction_id, kind, channel, category, area_code, line, urgency, secrecy,
       lead_unit, title, registered_at, last_at, due_at, next_due_at, data
FROM work_order WHERE number > $1 AND number <= $2

-- name: history
-- Their events.
SELECT number, seq, verb, at, recorded_at, account_id, role, unit_id, from_state, to_state, body, hash
FROM order_event WHERE number > $1 AND number <= $2 ORDER BY number, seq

-- name: clocks
-- Their duties under way.
SELECT number, path, no, kind, unit_id, opened_at, due_at, rule, clause, fallback, breached_at, paused_at, secret
FROM open_duty WHERE number > $1 AND number <= $2

-- name: parts
-- Who takes part in them.
SELECT number, unit_id, path FROM order_part WHERE number > $1 AND number <= $2

-- name: attached
-- What is attached to them.
SELECT number, id FROM attachment WHERE number > $1 AND number <= $2

-- name: ties
-- Which of them follow another.
SELECT child AS number, parent, relation FROM order_link WHERE kind = 'merged' AND child > $1 AND child <= $2

-- name: secrets
-- Their personal parts, unopened.
SELECT number, seq, sealed IS NULL AS gone, erased_at, CASE WHEN seq = 1 THEN redacted END AS redacted, NULL::bytea AS sealed
FROM order_private WHERE number > $1 AND number <= $2

-- name: secrets_whole
-- Their personal parts, to be opened.
SELECT number, seq, sealed IS NULL AS gone, erased_at, redacted, sealed
FROM order_private WHERE number > $1 AND number <= $2

-- name: reporters
-- Sealed identities of reporters.
SELECT number, sealed FROM reporter WHERE number > $1 AND number <= $2

-- name: heads
-- What checkpoints say of them.
SELECT number, first, last, digest, checkpoint FROM covered WHERE number > $1 AND number <= $2 ORDER BY checkpoint
