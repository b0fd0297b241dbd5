-- name: facts
-- Orders with their events, oldest first: every duty is in them, and what figures need besides. $1 numbers.
SELECT o.number, o.version, o.state, o.path, o.jurisdiction_id, o.kind, o.channel, o.category, o.area_code, o.line,
       o.urgency, o.secrecy, o.lead_unit, o.title, o.registered_at, o.last_at, o.due_at, o.data,
       e.verbs, e.times, e.targets, e.bodies
FROM work_order o CROSS JOIN LATERAL (
  SELECT array_agg(verb ORDER BY seq) AS verbs, array_agg(at ORDER BY seq) AS times,
         array_agg(to_state ORDER BY seq) AS targets, array_agg(body ORDER BY seq) AS bodies
  FROM order_event WHERE number = o.number) AS e
WHERE o.number = ANY ($1::text[])

-- name: turn
-- One writer of the sums at a time (the follower, or a rebuild), until it commits.
SELECT pg_advisory_xact_lock(hashtext('yihao.indicators'))

-- name: kept
-- What orders have been counted for so far.
SELECT number, path, kind, line, area, lane, counts FROM order_fact WHERE number = ANY ($1::text[])

-- name: keep
-- What orders count for now.
INSERT INTO order_fact (number, path, kind, line, area, lane, counts, keys)
SELECT r.number, r.path, r.kind, r.line, r.area, r.lane, r.counts::int[], r.keys::int[]
FROM jsonb_to_recordset($1::jsonb)
  AS r(number text, path text, kind text, line text, area text, lane text, counts text, keys text)
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

-- name: unit_sums
-- One unit's sums over a period. $1, $2 first and last day, $3 the unit.
SELECT indicator, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator
FROM indicator_day WHERE by = 'unit' AND day BETWEEN $1 AND $2 AND key = $3 GROUP BY indicator

-- name: days
-- Sums by day within the wall. $1, $2 first and last day, $3 the group (the whole, or each unit's own), $4 indicators.
SELECT indicator, day, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator
FROM indicator_day WHERE day BETWEEN $1 AND $2 AND by = $3 AND indicator = ANY ($4::text[])
GROUP BY indicator, day

-- name: orders
-- The orders of a figure: the indicator's code, first and last day, group, member, before which number, how many.
SELECT i.number, i.numerator, i.denominator, o.title, o.state, o.kind, o.lead_unit, o.registered_at
FROM indicator_orders($1, $2, $3, $4, $5, $6, $7) i JOIN work_order o ON o.number = i.number ORDER BY i.number DESC

-- name: next_numbers
-- The next orders in order of number.
SELECT number FROM work_order WHERE number > $1 ORDER BY number LIMIT $2

-- name: resum
-- The sums worked out again from what orders count for; answers how many rows were wrong. $1 codes, $2 their indicators.
-- Summed up once for all groups before they are spread: millions of orders have few days, kinds, lines and areas.
WITH counted AS (
  SELECT f.path, f.kind, f.line, f.area, f.lane, f.counts[i][1] AS code, f.counts[i][2] AS unit, f.counts[i][3] AS day,
         sum(f.counts[i][4]) AS numerator, sum(f.counts[i][5]) AS denominator
  FROM order_fact f CROSS JOIN LATERAL generate_subscripts(f.counts, 1) AS i
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), named AS (
  SELECT path, kind, line, area, lane, n.indicator, unit, date '2000-01-01' + day AS day, numerator, denominator
  FROM counted JOIN unnest($1::int[], $2::text[]) AS n(code, indicator) USING (code)
), spread AS (
  SELECT g.by, day, path, g.key, indicator, numerator, denominator
  FROM named CROSS JOIN LATERAL (VALUES ('all', ''), ('line', line), ('kind', kind), ('area', area), ('lane', lane)) AS g(by, key)
  WHERE unit = 0 AND (g.by <> 'lane' OR g.key <> '')
  UNION ALL
  SELECT 'unit', day, path, unit::text, indicator, numerator, denominator FROM named WHERE unit <> 0
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

-- name: open_orders
-- Orders of a branch that are open, by state and urgency. $1 states, $2 branch.
SELECT o.state, o.urgency, count(*)::int AS orders
FROM work_order o WHERE o.state = ANY ($1::text[]) AND starts_with(o.path, $2) GROUP BY o.state, o.urgency

-- name: open_orders_of
-- Orders in which these units owe something, by state and urgency. $1 states, $2 units.
SELECT o.state, o.urgency, count(DISTINCT o.number)::int AS orders
FROM open_duty d JOIN work_order o ON o.number = d.number
WHERE d.unit_id = ANY ($2::int[]) AND o.state = ANY ($1::text[]) GROUP BY o.state, o.urgency

-- name: overdue_units
-- Units of a branch with the most clocks past due. $1 now, $2 branch, $3 kinds somebody acts on, $4 how many.
SELECT d.unit_id AS unit, count(*)::int AS duties, min(d.due_at) AS since
FROM open_duty d
WHERE d.due_at < $1 AND d.paused_at IS NULL AND d.unit_id IS NOT NULL AND starts_with(d.path, $2)
  AND d.kind = ANY ($3::text[])
GROUP BY d.unit_id ORDER BY 2 DESC, 3, 1 LIMIT $4
