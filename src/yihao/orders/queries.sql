-- name: register
-- One round trip and one durable commit: key, order, first event, sealed part, duties, caller index, outbox.
-- Nothing is inserted when the account has used the key before: `done` is then NULL and `keyed` tells.
-- A concurrent twin waits here for the first to commit (ON CONFLICT waits for the other transaction).
WITH keyed AS (
  INSERT INTO idempotency (account_id, key, number, seq, digest) VALUES ($1, $2, $3, 1, $4)
  ON CONFLICT DO NOTHING RETURNING number
), made AS (
  INSERT INTO work_order (number, version, head, state, path, jurisdiction_id, kind, channel, category, area_code, line,
                          urgency, secrecy, title, registered_at, last_at, data, next_due_at)
  SELECT $3, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $29 FROM keyed
), told AS (
  INSERT INTO order_event (number, seq, verb, at, account_id, role, unit_id, from_state, to_state, body, hash)
  SELECT $3, 1, 'register', $17, $1, $19, $20, NULL, $6, $21, $5 FROM keyed
), kept AS (
  INSERT INTO order_private (number, seq, redacted, sealed) SELECT $3, 1, $22, $23 FROM keyed
), owed AS (
  INSERT INTO open_duty (number, no, kind, unit_id, path, opened_at, due_at, rule, clause, fallback, secret)
  SELECT $3, d.no, d.kind, d.unit_id, $7, d.opened_at, d.due_at, d.rule, d.clause, d.fallback, $15 = 'confidential'
  FROM keyed, jsonb_to_recordset($24::jsonb) AS d(no int, kind text, unit_id int, opened_at timestamptz, due_at timestamptz, rule text, clause text, fallback text)
), found AS (
  INSERT INTO caller_index (kind, idx, number)
  SELECT i.kind, i.idx, $3 FROM keyed, unnest($25::text[], $26::bytea[]) AS i(kind, idx)
), shielded AS (
  INSERT INTO reporter (number, sealed) SELECT $3, $27 FROM keyed WHERE $27::bytea IS NOT NULL
), sent AS (
  INSERT INTO outbox (topic, number, seq, status, body)
  SELECT m.topic, $3, 1, m.status, m.body FROM keyed, jsonb_to_recordset($28::jsonb) AS m(topic text, status text, body jsonb)
), took_part AS (
  INSERT INTO order_part (number, unit_id, path) SELECT $3, $20, $7 FROM keyed WHERE $20::int IS NOT NULL
)
SELECT number AS done FROM keyed

-- name: lane
-- The order goes before others.
INSERT INTO order_lane (lane, number, path) VALUES ($1, $2, $3)

-- name: waits
-- An act waits for a second person of the same desk.
INSERT INTO order_pending (number, unit_id, verb, at, path) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (number) DO UPDATE SET unit_id = excluded.unit_id, verb = excluded.verb, at = excluded.at

-- name: waits_no_more
-- It was decided on, or fell away.
DELETE FROM order_pending WHERE number = $1

-- name: marked
-- The citizen urged, or the reply was sent back.
INSERT INTO order_mark (number, mark, at, path) VALUES ($1, $2, $3, $4)
ON CONFLICT (mark, number) DO UPDATE SET at = excluded.at

-- name: unmarked
-- The order left the hands it was in.
DELETE FROM order_mark WHERE number = $1 AND mark IN ('urged', 'sent_back')

-- name: earlier
-- What this account did under this key.
SELECT number, seq, digest FROM idempotency WHERE account_id = $1 AND key = $2

-- name: lock
-- The order's row, held until commit. Locking comes alone: what is read after it is never older than the lock.
SELECT version FROM work_order WHERE number = $1 FOR UPDATE

-- name: matter
-- An order and its open duties.
SELECT o.number, o.version, o.head, o.state, o.path, o.jurisdiction_id, o.kind, o.channel, o.category, o.area_code,
       o.line, o.urgency, o.secrecy, o.lead_unit, o.title, o.registered_at, o.last_at, o.due_at, o.data,
       (SELECT jsonb_agg(to_jsonb(d) - 'number' - 'path' ORDER BY d.no) FROM open_duty d WHERE d.number = o.number) AS duties
FROM work_order o WHERE o.number = $1

-- name: append
-- One step of an order that is locked: row, event, sealed part, duties opened, altered and closed, parts, link, outbox.
WITH keyed AS (
  INSERT INTO idempotency (account_id, key, number, seq, digest)
  SELECT $1, $2, $3, $4, $5 WHERE $2::text IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING number
), moved AS (
  UPDATE work_order SET version = $4, head = $6, state = $7, kind = $8, category = $9, area_code = $10, urgency = $11,
         secrecy = $12, lead_unit = $13, last_at = $14, due_at = $15, data = $16, path = $30, jurisdiction_id = $31,
         next_due_at = $34
  WHERE number = $3 AND version = $4 - 1 RETURNING number
), told AS (
  INSERT INTO order_event (number, seq, verb, at, account_id, role, unit_id, from_state, to_state, body, hash)
  SELECT $3, $4, $17, $14, $1, $18, $19, $20, $7, $21, $6
), kept AS (
  INSERT INTO order_private (number, seq, redacted, sealed) SELECT $3, $4, $22, $23 WHERE $23::bytea IS NOT NULL
), closed AS (
  DELETE FROM open_duty WHERE number = $3 AND no = ANY ($24::int[])
), altered AS (
  UPDATE open_duty d SET due_at = a.due_at, rule = a.rule, clause = a.clause, breached_at = a.breached_at, paused_at = a.paused_at
  FROM jsonb_to_recordset($25::jsonb) AS a(no int, due_at timestamptz, rule text, clause text, breached_at timestamptz, paused_at timestamptz)
  WHERE d.number = $3 AND d.no = a.no
), owed AS (
  INSERT INTO open_duty (number, no, kind, unit_id, path, opened_at, due_at, rule, clause, fallback, secret)
  SELECT $3, d.no, d.kind, d.unit_id, $30, d.opened_at, d.due_at, d.rule, d.clause, d.fallback, $12 = 'confidential'
  FROM jsonb_to_recordset($26::jsonb) AS d(no int, kind text, unit_id int, opened_at timestamptz, due_at timestamptz, rule text, clause text, fallback text)
), joined AS (
  INSERT INTO order_part (number, unit_id, path) SELECT $3, unnest($27::int[]), $30 ON CONFLICT DO NOTHING
), parted AS (
  DELETE FROM order_part WHERE number = $3 AND unit_id = ANY ($28::int[])
), sent AS (
  INSERT INTO outbox (topic, number, seq, status, body)
  SELECT m.topic, $3, $4, m.status, m.body FROM jsonb_to_recordset($29::jsonb) AS m(topic text, status text, body jsonb)
), tied AS (
  INSERT INTO order_link (child, parent, kind, relation) SELECT $3, $32, $33, $35 WHERE $32::text IS NOT NULL ON CONFLICT DO NOTHING
)
-- No row: another changed the order, or used the key meanwhile; the caller then rolls all of this back.
SELECT number FROM moved WHERE $2::text IS NULL OR EXISTS (SELECT FROM keyed)

-- name: private
-- The personal part of one event.
SELECT redacted, sealed FROM order_private WHERE number = $1 AND seq = $2

-- name: reporter
-- The sealed identity of a reporter.
SELECT sealed FROM reporter WHERE number = $1

-- name: followed
-- The orders that `number` follows, nearest first (children merged into parents).
WITH RECURSIVE up(number, depth) AS (
  SELECT parent, 1 FROM order_link WHERE child = $1 AND kind = 'merged'
  UNION SELECT l.parent, up.depth + 1 FROM order_link l JOIN up ON l.child = up.number WHERE l.kind = 'merged' AND up.depth < 100
)
SELECT number FROM up ORDER BY depth

-- name: family
-- The orders bound to $1 as repeats of one fact, over any number of links: what stands of each.
WITH RECURSIVE family(number) AS (
  SELECT $1::text COLLATE "C"
  UNION
  SELECT CASE WHEN l.child = f.number THEN l.parent ELSE l.child END
  FROM family f JOIN order_link l ON l.child = f.number OR l.parent = f.number
  WHERE l.kind = 'repeat' OR l.relation = 'repeat'
)
SELECT o.data
FROM family f JOIN work_order o ON o.number = f.number

-- name: unlink
-- An order that starts again follows nobody.
DELETE FROM order_link WHERE child = $1 AND kind = 'merged'

-- name: block
-- The next run of sequence numbers of an area's day.
INSERT INTO order_counter AS c (area, day, next) VALUES ($1, $2, $3 + 1)
ON CONFLICT (area, day) DO UPDATE SET next = c.next + $3 RETURNING next - $3

-- name: quarantine
-- A text marked as state secret, sealed away.
INSERT INTO quarantine (at, account_id, path, marks, sealed) VALUES ($1, $2, $3, $4, $5)

-- name: due_now
-- Orders with something for the clock to do before $1, the longest overdue first, at most $2, with the version each was
-- looked at. An order the clock failed on waits for its next try.
SELECT d.number, o.version, d.nos, d.kinds, r.failures
FROM (SELECT number, min(due_at) AS due_at, array_agg(no ORDER BY no) AS nos, array_agg(kind ORDER BY no) AS kinds
      FROM open_duty WHERE due_at < $1 AND breached_at IS NULL AND paused_at IS NULL GROUP BY number) d
JOIN work_order o ON o.number = d.number
LEFT JOIN clock_retry r ON r.number = d.number
WHERE r.next_at IS NULL OR r.next_at <= $1
ORDER BY d.due_at, d.number LIMIT $2

-- name: due_of
-- What of one order is due before $2.
SELECT o.version, d.no, d.kind, d.due_at FROM open_duty d JOIN work_order o ON o.number = d.number
WHERE d.number = $1 AND d.due_at < $2 AND d.breached_at IS NULL AND d.paused_at IS NULL ORDER BY d.due_at, d.no

-- name: clock_failed
-- The clock could not do an order's next step: it tries again at $3.
INSERT INTO clock_retry AS r (number, failures, next_at, code) VALUES ($1, $2, $3, $4)
ON CONFLICT (number) DO UPDATE SET failures = excluded.failures, next_at = excluded.next_at, code = excluded.code

-- name: clock_passed
-- It could at last.
DELETE FROM clock_retry WHERE number = $1

-- name: erase
-- The texts and personal data of an order whose last event is its erasure.
SELECT erase_private($1, $2)

-- name: open_duties
-- Every duty under way in a branch that is not yet missed, with the hotline number its matter came by.
SELECT d.number, d.path, o.line, d.no, d.kind, d.unit_id, d.opened_at, d.due_at, d.rule, d.clause, d.fallback, d.breached_at, d.paused_at
FROM open_duty d JOIN work_order o ON o.number = d.number
WHERE starts_with(d.path, $1) AND d.breached_at IS NULL ORDER BY d.number, d.no

-- name: attach
-- An upload, sealed; nobody's order yet. One that is there already (sent twice) stays as it is.
INSERT INTO attachment (id, account_id, at, media_type, size, digest, name, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO NOTHING

-- name: tie_attachments
-- Bind the account's own loose uploads to an event; answers those it could.
UPDATE attachment SET number = $2, seq = $3 WHERE id = ANY ($1::text[]) AND number IS NULL AND account_id = wall_account() RETURNING id

-- name: attachments
-- What an order's events have brought along.
SELECT id, media_type, size, name, at FROM attachment WHERE number = $1 ORDER BY seq, id

-- name: citizen_files
-- What its citizen brought to an order ($2: the citizens' account), and what came with the reply in force ($3, or NULL).
SELECT id, media_type, size, name, at, (account_id = $2) AS own FROM attachment
WHERE number = $1 AND (account_id = $2 OR seq = $3) ORDER BY seq, id

-- name: loose_attachments
-- The account's own uploads among these that no order has named.
SELECT id, media_type, size, name, at FROM attachment
WHERE id = ANY ($1::text[]) AND number IS NULL AND account_id = wall_account() ORDER BY at, id

-- name: attached_by
-- How many attachments of an order an account has brought.
SELECT count(*)::int FROM attachment WHERE number = $1 AND account_id = $2

-- name: sweep_attachments
-- Uploads made before $1 that no order has named, at most $2 (worker role).
DELETE FROM attachment WHERE id IN (
  SELECT id FROM attachment WHERE number IS NULL AND at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id

-- name: attachment
-- One attachment with its sealed content.
SELECT id, media_type, size, name, at, content FROM attachment WHERE id = $1

-- name: imported
-- What a row of a file became before, under any index key.
SELECT digest, number FROM order_import WHERE key = ANY ($1::bytea[])

-- name: import
-- A row of a file became an order.
INSERT INTO order_import (key, digest, number, at) VALUES ($1, $2, $3, $4)

-- name: under_way
-- How many orders of a branch somebody still owes something in.
SELECT count(DISTINCT number)::int FROM open_duty WHERE starts_with(path, $1)
