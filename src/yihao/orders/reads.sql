-- name: one
-- One order as everybody in scope may read it: its row, the masked copy of what was registered, its open duties.
SELECT o.number, o.version, o.state, o.path, o.jurisdiction_id, o.kind, o.channel, o.category, o.area_code, o.line,
       o.urgency, o.secrecy, o.lead_unit, o.title, o.registered_at, o.last_at, o.due_at, o.data, p.redacted,
       (SELECT jsonb_agg(to_jsonb(d) - 'number' - 'path' ORDER BY d.due_at, d.no) FROM open_duty d WHERE d.number = o.number) AS duties
FROM work_order o JOIN order_private p ON p.number = o.number AND p.seq = 1
WHERE o.number = $1

-- name: history
-- Every event, oldest first, with the masked copy of its texts and the name of who did it.
SELECT e.seq, e.verb, e.at, e.recorded_at, e.account_id, a.name AS account_name, e.role, e.unit_id, e.from_state,
       e.to_state, e.body, p.redacted, e.hash
FROM order_event e LEFT JOIN order_private p ON p.number = e.number AND p.seq = e.seq
     LEFT JOIN account a ON a.id = e.account_id
WHERE e.number = $1 ORDER BY e.seq

-- name: clocks
-- Where an order lies, and the bodies of its events, oldest first: they hold every duty. No row when it is not in scope.
SELECT o.path, o.line, ARRAY(SELECT e.body FROM order_event e WHERE e.number = $1 ORDER BY e.seq) AS bodies
FROM work_order o WHERE o.number = $1

-- name: sealed
-- What a reveal looks at: who registered it, and the sealed part of one event.
SELECT e.account_id AS registered_by, p.sealed, p.erased_at
FROM order_event e JOIN order_private p ON p.number = e.number AND p.seq = $2
WHERE e.number = $1 AND e.seq = 1

-- name: same_caller
-- Other orders of one caller, newest first, within the wall.
SELECT o.number, o.version, o.state, o.kind, o.channel, o.title, o.category, o.area_code, o.line, o.urgency, o.secrecy,
       o.lead_unit, o.registered_at, o.last_at, o.due_at, o.next_due_at, o.path,
       (SELECT l.lane FROM order_lane l WHERE l.number = o.number) AS lane
FROM caller_index c JOIN work_order o ON o.number = c.number
WHERE (c.idx = ANY ($1) OR c.idx_next = ANY ($1)) AND c.number <> $2
GROUP BY o.number, o.version, o.state, o.kind, o.channel, o.title, o.category, o.area_code, o.line, o.urgency, o.secrecy,
         o.lead_unit, o.registered_at, o.last_at, o.due_at, o.next_due_at, o.path
ORDER BY o.number DESC LIMIT $3

-- name: followers_of
-- Orders merged into one, or bound to it as repeats, newest first, within the wall.
SELECT o.number, o.version, o.state, o.kind, o.channel, o.title, o.category, o.area_code, o.line, o.urgency, o.secrecy,
       o.lead_unit, o.registered_at, o.last_at, o.due_at, o.next_due_at, o.path,
       (SELECT l.lane FROM order_lane l WHERE l.number = o.number) AS lane
FROM work_order o WHERE o.number IN (SELECT k.child FROM order_link k WHERE k.parent = $1)
ORDER BY o.number DESC LIMIT $2

-- name: outbox
-- Messages of one status that have left or must leave the house, newest first, of orders under a branch (worker role).
SELECT m.id, m.topic, m.number, m.seq, m.status, m.attempts, m.next_at, m.error, m.created_at, m.sent_at
FROM outbox m LEFT JOIN work_order o ON o.number = m.number
WHERE m.status = $1 AND m.id < $2 AND starts_with(coalesce(o.path, '/'), $3)
ORDER BY m.id DESC LIMIT $4

-- name: retry
-- A dead message is tried again at once; nothing but a dead one.
UPDATE outbox m SET status = 'pending', attempts = 0, next_at = clock_timestamp(), error = NULL
WHERE m.id = $1 AND m.status = 'dead'
  AND starts_with(coalesce((SELECT o.path FROM work_order o WHERE o.number = m.number), '/'), $2)
RETURNING m.id, m.topic, m.number, m.seq, m.status, m.attempts, m.next_at, m.error, m.created_at, m.sent_at

-- name: message
-- One message's status, within a branch.
SELECT m.status FROM outbox m LEFT JOIN work_order o ON o.number = m.number
WHERE m.id = $1 AND m.status <> 'feed' AND starts_with(coalesce(o.path, '/'), $2)

-- name: shown
-- What everybody in scope may read of these registrations.
SELECT number, redacted FROM order_private WHERE number = ANY ($1::text[]) AND seq = 1

-- name: of_caller
-- The orders of one caller within the wall, those that are open first, then the newest; with how many there are.
-- $1 blind indexes, $2 states that are open, $3 and $4 begin of the month and of the year, $5 most rows.
WITH found AS (
  SELECT DISTINCT c.number FROM caller_index c WHERE c.idx = ANY ($1) OR c.idx_next = ANY ($1)
), seen AS (
  SELECT o.* FROM found f JOIN work_order o ON o.number = f.number
)
SELECT o.number, o.version, o.state, o.kind, o.channel, o.title, o.category, o.area_code, o.line, o.urgency, o.secrecy,
       o.lead_unit, o.registered_at, o.last_at, o.due_at, o.next_due_at, o.path,
       (SELECT l.lane FROM order_lane l WHERE l.number = o.number) AS lane, o.data,
       count(*) OVER () ::int AS total,
       count(*) FILTER (WHERE o.state = ANY ($2)) OVER () ::int AS open,
       count(*) FILTER (WHERE o.registered_at >= $3) OVER () ::int AS month,
       count(*) FILTER (WHERE o.registered_at >= $4) OVER () ::int AS year
FROM seen o ORDER BY o.state = ANY ($2) DESC, o.number DESC LIMIT $5

-- name: oldest
-- The first month there can be orders of, as the beginning of their numbers.
SELECT min(right(c.relname, 6)) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'work_order'::regclass
