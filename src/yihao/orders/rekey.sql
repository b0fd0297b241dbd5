-- name: private_old
-- Sealed parts under another key than $1, at most $2, after the place $3.
SELECT number, seq, sealed, ARRAY[number, seq::text] AS key FROM order_private
WHERE sealed IS NOT NULL AND substr(sealed, 2, 4) <> $1
  AND (number, seq) > (coalesce(($3::text[])[1], ''), coalesce((($3::text[])[2])::int, 0)) ORDER BY number, seq LIMIT $2

-- name: private_new
-- One of them sealed anew.
UPDATE order_private SET sealed = $3 WHERE number = ($1::text[])[1] AND seq = (($1::text[])[2])::int AND sealed = $2

-- name: reporter_old
-- Reporters under another key.
SELECT number, sealed, ARRAY[number] AS key FROM reporter
WHERE substr(sealed, 2, 4) <> $1 AND number > coalesce(($3::text[])[1], '') ORDER BY number LIMIT $2

-- name: reporter_new
-- One of them sealed anew.
UPDATE reporter SET sealed = $3 WHERE number = ($1::text[])[1] AND sealed = $2

-- name: quarantine_old
-- Quarantined texts under another key.
SELECT id, sealed, ARRAY[id::text] AS key FROM quarantine
WHERE substr(sealed, 2, 4) <> $1 AND id > coalesce((($3::text[])[1])::bigint, 0) ORDER BY id LIMIT $2

-- name: quarantine_new
-- One of them sealed anew.
UPDATE quarantine SET sealed = $3 WHERE id = (($1::text[])[1])::bigint AND sealed = $2

-- name: attachment_name_old
-- File names under another key.
SELECT id, name AS sealed, ARRAY[id] AS key FROM attachment
WHERE substr(name, 2, 4) <> $1 AND id > coalesce(($3::text[])[1], '') ORDER BY id LIMIT $2

-- name: attachment_name_new
-- One of them sealed anew.
UPDATE attachment SET name = $3 WHERE id = ($1::text[])[1] AND name = $2

-- name: attachment_content_old
-- Contents under another key; a few at a time would do, they may be large.
SELECT id, content AS sealed, ARRAY[id] AS key FROM attachment
WHERE substr(content, 2, 4) <> $1 AND id > coalesce(($3::text[])[1], '') ORDER BY id LIMIT least($2, 10)

-- name: attachment_content_new
-- One of them sealed anew.
UPDATE attachment SET content = $3 WHERE id = ($1::text[])[1] AND content = $2

-- name: totp_old
-- Second factors under another key.
SELECT account_id, totp_sealed AS sealed, ARRAY[account_id::text] AS key FROM credential
WHERE substr(totp_sealed, 2, 4) <> $1 AND account_id > coalesce((($3::text[])[1])::int, 0) ORDER BY account_id LIMIT $2

-- name: totp_new
-- One of them sealed anew.
UPDATE credential SET totp_sealed = $3 WHERE account_id = (($1::text[])[1])::int AND totp_sealed = $2

-- name: callers
-- Registrations with a caller that can be looked for, after $1, at most $2.
SELECT p.number, p.sealed FROM order_private p
WHERE p.number > $1 AND p.seq = 1 AND p.sealed IS NOT NULL
  AND EXISTS (SELECT FROM caller_index c WHERE c.number = p.number) ORDER BY p.number LIMIT $2

-- name: index_next
-- The new index of one caller, beside the old one.
UPDATE caller_index SET idx_next = $3 WHERE number = $1 AND kind = $2 AND idx <> $3

-- name: index_swap
-- The new one alone, a run at a time.
UPDATE caller_index SET idx = idx_next, idx_next = NULL WHERE (idx, number) IN (
  SELECT idx, number FROM caller_index WHERE idx_next IS NOT NULL LIMIT $1)
