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
-- Children that still wait for one of these parents, or these children, with how the parent stands: the state it ended
-- in, since when, and the event that holds its reply. A parent that itself follows another has ended once it was told.
SELECT c.number AS child, c.version, p.number AS parent,
       CASE p.state WHEN 'archived' THEN p.data->>'sealed_from' ELSE p.state END AS state,
       coalesce((p.data->>'closed_at')::timestamptz,
                (SELECT max(e.at) FROM order_event e WHERE e.number = p.number AND e.from_state IS DISTINCT FROM e.to_state
                 AND e.to_state <> 'archived')) AS ended_at,
       CASE CASE p.state WHEN 'archived' THEN p.data->>'sealed_from' ELSE p.state END
         WHEN 'final' THEN (p.data->>'final_seq')::int
         WHEN 'refused' THEN (SELECT max(e.seq) FROM order_event e WHERE e.number = p.number AND e.verb IN ('refuse', 'uphold_refusal'))
         ELSE coalesce(p.data->>'reply_seq', p.data->>'answer_seq')::int END AS reply_in,
       (SELECT e.body->'facts'->>'relation' FROM order_event e WHERE e.number = c.number AND e.verb = 'merge'
        ORDER BY e.seq DESC LIMIT 1) AS relation
FROM order_link l JOIN work_order c ON c.number = l.child JOIN work_order p ON p.number = l.parent
WHERE l.kind = 'merged' AND c.state = 'merged' AND (l.parent = ANY ($1::text[]) OR l.child = ANY ($2::text[]))
  AND (p.state <> 'merged' OR p.data ? 'closed_at')
