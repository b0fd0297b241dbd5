-- name: shown
-- What everybody in scope may read of some orders.
SELECT number, redacted FROM order_private WHERE number = ANY ($1::text[])

-- name: index
-- The words they are found by.
INSERT INTO order_search (number, words) SELECT * FROM unnest($1::text[], $2::text[]::tsvector[])
ON CONFLICT (number) DO UPDATE SET words = excluded.words

-- name: unindex
-- They are found no more.
DELETE FROM order_search WHERE number = ANY ($1::text[])

-- name: bound
-- Children that still wait for one of these parents, or these children.
SELECT c.number AS child, c.version, l.parent, l.relation FROM order_link l JOIN work_order c ON c.number = l.child
WHERE l.kind = 'merged' AND c.state = 'merged' AND (l.parent = ANY ($1::text[]) OR l.child = ANY ($2::text[]))

-- name: parents
-- The orders they wait for, with the steps their end is told from, oldest first.
SELECT p.number, p.state, p.data, e.verbs, e.sources, e.targets, e.times FROM work_order p CROSS JOIN LATERAL (
  SELECT array_agg(verb ORDER BY seq) AS verbs, array_agg(from_state ORDER BY seq) AS sources,
         array_agg(to_state ORDER BY seq) AS targets, array_agg(at ORDER BY seq) AS times
  FROM order_event WHERE number = p.number) AS e
WHERE p.number = ANY ($1::text[])
