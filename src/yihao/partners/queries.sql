-- name: all
-- The register of linked partners.
SELECT unit_id, kind, number, scope, agreement, valid_from, valid_to, contact, duty_phone, active, updated_at, updated_by
FROM partner ORDER BY unit_id

-- name: one
-- One partner.
SELECT unit_id, kind, number, scope, agreement, valid_from, valid_to, contact, duty_phone, active, updated_at, updated_by
FROM partner WHERE unit_id = $1

-- name: put
-- The entry of a unit, new or not.
INSERT INTO partner AS p (unit_id, kind, number, scope, agreement, valid_from, valid_to, contact, duty_phone, active,
                          updated_at, updated_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (unit_id) DO UPDATE SET kind = excluded.kind, number = excluded.number, scope = excluded.scope,
  agreement = excluded.agreement, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
  contact = excluded.contact, duty_phone = excluded.duty_phone, active = excluded.active,
  updated_at = excluded.updated_at, updated_by = excluded.updated_by
RETURNING unit_id, kind, number, scope, agreement, valid_from, valid_to, contact, duty_phone, active, updated_at, updated_by

-- name: waiting
-- Hand-overs that wait for the receiver's word, by partner, as far as the caller sees the orders; how many are past due.
SELECT unit_id, count(*)::int AS waiting, count(*) FILTER (WHERE due_at < $1)::int AS late
FROM open_duty WHERE kind = 'handover' AND unit_id IS NOT NULL GROUP BY unit_id
