-- name: beat
-- The account is there: no row when it does not see the order. $2 account, $3 doing, $4 role, $5 how long a beat lasts.
INSERT INTO order_presence AS p (number, account_id, doing, role, since, beat)
SELECT o.number, $2, $3, $4, clock_timestamp(), clock_timestamp() FROM work_order o WHERE o.number = $1
ON CONFLICT (number, account_id) DO UPDATE SET
  doing = excluded.doing, role = excluded.role, beat = excluded.beat,
  since = CASE WHEN p.beat < excluded.beat - $5::interval THEN excluded.since ELSE p.since END
RETURNING number

-- name: others
-- Who else is there.
SELECT p.account_id AS account, a.name, p.role, p.doing, p.since
FROM order_presence p JOIN account a ON a.id = p.account_id
WHERE p.number = $1 AND p.account_id <> $2 AND p.beat >= clock_timestamp() - $3::interval
ORDER BY p.since, p.account_id

-- name: leave
-- The account is there no more.
DELETE FROM order_presence WHERE number = $1 AND account_id = $2

-- name: watched
-- Everybody on the orders one of these accounts is on (worker role: who is on an order saw it half a minute ago).
SELECT p.number, p.account_id AS account, a.name, p.role, p.doing, p.since
FROM order_presence p JOIN account a ON a.id = p.account_id
WHERE p.beat >= clock_timestamp() - $2::interval AND p.number IN (
  SELECT w.number FROM order_presence w WHERE w.account_id = ANY ($1::int[]) AND w.beat >= clock_timestamp() - $2::interval)
ORDER BY p.number, p.since, p.account_id

-- name: sweep
-- What nobody renews.
DELETE FROM order_presence WHERE beat < clock_timestamp() - $1::interval
