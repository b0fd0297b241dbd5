-- name: facts
-- Orders with every duty they ever had and what figures need of their events. $1 numbers.
SELECT o.number, o.version, o.state, o.path, o.jurisdiction_id, o.kind, o.channel, o.category, o.area_code, o.line,
       o.urgency, o.secrecy, o.lead_unit, o.title, o.registered_at, o.last_at, o.due_at, o.data,
       (SELECT jsonb_agg(to_jsonb(d) - 'number' - 'path' ORDER BY d.no) FROM (
          SELECT number, no, kind, unit_id, path, opened_at, due_at, rule, clause, fallback, breached_at, paused_at,
                 NULL::timestamptz AS met_at, NULL::text AS outcome FROM open_duty WHERE number = o.number
          UNION ALL
          SELECT number, no, kind, unit_id, path, opened_at, due_at, rule, clause, fallback, breached_at, paused_at,
                 met_at, outcome FROM closed_duty WHERE number = o.number) AS d) AS duties,
       (SELECT jsonb_agg(jsonb_build_object(
          'verb', e.verb, 'at', e.at, 'to_state', e.to_state, 'facts', e.body->'facts',
          'led', coalesce(e.body->'change'->'set' ? 'lead_unit', false),
          'lead', e.body->'change'->'set'->'lead_unit', 'closed_at', e.body->'change'->'set'->'closed_at') ORDER BY e.seq)
        FROM order_event e WHERE e.number = o.number) AS steps
FROM work_order o WHERE o.number = ANY ($1::text[])

-- name: turn
-- One writer of the sums at a time (the follower, or a rebuild), until it commits.
SELECT pg_advisory_xact_lock(hashtext('yihao.indicators'))

-- name: kept
-- What orders have been counted for so far.
SELECT number, path, kind, line, area, lane, counts FROM order_fact WHERE number = ANY ($1::text[])

-- name: keep
-- What orders count for now.
INSERT INTO order_fact (number, path, kind, line, area, lane, counts, keys)
SELECT r.number, r.path, r.kind, r.line, r.area, r.lane, r.counts, ARRAY(SELECT jsonb_array_elements_text(r.keys))
FROM jsonb_to_recordset($1::jsonb)
  AS r(number text, path text, kind text, line text, area text, lane text, counts jsonb, keys jsonb)
ON CONFLICT (number) DO UPDATE SET path = excluded.path, kind = excluded.kind, line = excluded.line,
  area = excluded.area, lane = excluded.lane, counts = excluded.counts, keys = excluded.keys

-- name: move
-- Add differences to the sums.
INSERT INTO indicator_day AS t (by, day, path, key, indicator, numerator, denominator)
SELECT r.by, r.day, r.path, r.key, r.indicator, r.numerator, r.denominator
FROM jsonb_to_recordset($1::jsonb)
  AS r(by text, day date, path text, key text, indicator text, numerator bigint, denominator bigint)
ON CONFLICT (by, day, path, key, indicator)
DO UPDATE SET numerator = t.numerator + excluded.numerator, denominator = t.denominator + excluded.denominator

-- name: sweep
-- Sums that have come down to nothing.
DELETE FROM indicator_day t USING jsonb_to_recordset($1::jsonb)
  AS r(by text, day date, path text, key text, indicator text)
WHERE t.by = r.by AND t.day = r.day AND t.path = r.path AND t.key = r.key AND t.indicator = r.indicator
  AND t.numerator = 0 AND t.denominator = 0

-- name: figures
-- Sums over a period within the wall. $1, $2 first and last day, $3 groups.
SELECT by, key, indicator, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator
FROM indicator_day WHERE day BETWEEN $1 AND $2 AND by = ANY ($3::text[])
GROUP BY by, key, indicator ORDER BY by, key, indicator

-- name: orders
-- The orders of a figure: indicator, first and last day, group, member, before which number, how many.
SELECT number, numerator, denominator FROM indicator_orders($1, $2, $3, $4, $5, $6, $7)

-- name: next_numbers
-- The next orders in order of number.
SELECT number FROM work_order WHERE number > $1 ORDER BY number LIMIT $2

-- name: resum
-- The sums worked out again from what orders count for; answers how many rows were wrong.
WITH counted AS (
  SELECT f.path, f.kind, f.line, f.area, f.lane, c->>0 AS indicator, c->>1 AS unit, (c->>2)::date AS day,
         (c->>3)::bigint AS numerator, (c->>4)::bigint AS denominator
  FROM order_fact f CROSS JOIN LATERAL jsonb_array_elements(f.counts) AS c
), spread AS (
  SELECT g.by, day, path, g.key, indicator, numerator, denominator
  FROM counted CROSS JOIN LATERAL (VALUES ('all', ''), ('line', line), ('kind', kind), ('area', area), ('lane', lane)) AS g(by, key)
  WHERE unit = '0' AND (g.by <> 'lane' OR g.key <> '')
  UNION ALL
  SELECT 'unit', day, path, unit, indicator, numerator, denominator FROM counted WHERE unit <> '0'
), sums AS MATERIALIZED (
  SELECT by, day, path, key, indicator, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator
  FROM spread GROUP BY by, day, path, key, indicator
), put AS (
  INSERT INTO indicator_day AS t (by, day, path, key, indicator, numerator, denominator)
  SELECT by, day, path, key, indicator, numerator, denominator FROM sums s
  WHERE NOT EXISTS (SELECT FROM indicator_day t WHERE t.by = s.by AND t.day = s.day AND t.path = s.path AND t.key = s.key
                    AND t.indicator = s.indicator AND t.numerator = s.numerator AND t.denominator = s.denominator)
  ON CONFLICT (by, day, path, key, indicator)
  DO UPDATE SET numerator = excluded.numerator, denominator = excluded.denominator
  RETURNING 1
), gone AS (
  DELETE FROM indicator_day t
  WHERE NOT EXISTS (SELECT FROM sums s WHERE s.by = t.by AND s.day = t.day AND s.path = t.path AND s.key = t.key
                    AND s.indicator = t.indicator)
  RETURNING 1
)
SELECT (SELECT count(*) FROM put) + (SELECT count(*) FROM gone)
