-- name: all
-- Every company that joined.
SELECT unit_id, credit_code, services, agreement, valid_from, valid_to, contact, duty_phone, status, since, until, updated_at, updated_by
FROM company ORDER BY unit_id

-- name: one
-- One company.
SELECT unit_id, credit_code, services, agreement, valid_from, valid_to, contact, duty_phone, status, since, until, updated_at, updated_by
FROM company WHERE unit_id = $1

-- name: in_force
-- Those of the units $1 whose agreement holds on the day $2 and that were not removed.
SELECT unit_id FROM company
WHERE unit_id = ANY ($1::int[]) AND status <> 'removed' AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)

-- name: lock
-- One company, held until commit: decisions on it queue.
SELECT unit_id, credit_code, services, agreement, valid_from, valid_to, contact, duty_phone, status, since, until, updated_at, updated_by
FROM company WHERE unit_id = $1 FOR UPDATE

-- name: put
-- What is agreed with a company, new or not; its status stays. $9 the day a new one joins.
INSERT INTO company AS c (unit_id, credit_code, services, agreement, valid_from, valid_to, contact, duty_phone, status, since,
                          updated_at, updated_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10, $11)
ON CONFLICT (unit_id) DO UPDATE SET credit_code = excluded.credit_code, services = excluded.services,
  agreement = excluded.agreement, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
  contact = excluded.contact, duty_phone = excluded.duty_phone, updated_at = excluded.updated_at,
  updated_by = excluded.updated_by
RETURNING unit_id, credit_code, services, agreement, valid_from, valid_to, contact, duty_phone, status, since, until, updated_at, updated_by

-- name: move
-- A company's new status.
UPDATE company SET status = $2, since = $3, until = $4, updated_at = $5, updated_by = $6 WHERE unit_id = $1

-- name: cases
-- The cases of one company, newest first.
SELECT id, unit_id, kind, ground, reason, clause, first, last, ratings, satisfied, complaints, score::float8 AS score,
       opened_at, opened_by, status, decided_at, decided_by, decision
FROM company_case WHERE unit_id = $1 ORDER BY id DESC

-- name: case
-- One case.
SELECT id, unit_id, kind, ground, reason, clause, first, last, ratings, satisfied, complaints, score::float8 AS score,
       opened_at, opened_by, status, decided_at, decided_by, decision
FROM company_case WHERE id = $1

-- name: open
-- A new case; no row when the company has an open one.
INSERT INTO company_case (unit_id, kind, ground, reason, clause, first, last, ratings, satisfied, complaints, score,
                          opened_at, opened_by, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::float8, $12, $13, 'open')
ON CONFLICT (unit_id) WHERE status = 'open' DO NOTHING
RETURNING id, unit_id, kind, ground, reason, clause, first, last, ratings, satisfied, complaints, score::float8 AS score,
          opened_at, opened_by, status, decided_at, decided_by, decision

-- name: decide
-- The decision on an open case.
UPDATE company_case SET status = $2, decided_at = $3, decided_by = $4, decision = $5 WHERE id = $1 AND status = 'open'
RETURNING id, unit_id, kind, ground, reason, clause, first, last, ratings, satisfied, complaints, score::float8 AS score,
          opened_at, opened_by, status, decided_at, decided_by, decision
