-- What each order counts for, and the sums by day. Written by one follower of the feed, which replaces an order's
-- counts (the difference goes into the sums in the same transaction) and never adds (yihao.indicators.service).

-- `counts` holds rows of {indicator's code, unit (0: the matter), local day, numerator, denominator}, days since 2000-01-01
-- (yihao.indicators.counts).
CREATE TABLE order_fact (
  number text COLLATE "C" PRIMARY KEY,
  path   text COLLATE "C" NOT NULL,               -- branch of the order
  kind   text NOT NULL,
  line   text NOT NULL,                           -- hotline number; empty for the hotline's own
  area   text NOT NULL,                           -- six digits, or empty
  counts int[] NOT NULL,
  keys   int[] NOT NULL                           -- code * 100000 + day, each once: the road from a figure to its orders
);
CREATE INDEX order_fact_keys ON order_fact USING gin (keys);

CREATE TABLE indicator_day (
  by          text COLLATE "C" NOT NULL CHECK (by IN ('all', 'unit', 'line', 'kind', 'area')),
  day         date NOT NULL,                      -- local day of the place
  path        text COLLATE "C" NOT NULL,
  key         text COLLATE "C" NOT NULL,          -- unit id, line, kind or area; empty for all
  indicator   text COLLATE "C" NOT NULL,
  numerator   bigint NOT NULL,
  denominator bigint NOT NULL,
  PRIMARY KEY (by, day, path, key, indicator)
);

ALTER TABLE order_fact    ENABLE ROW LEVEL SECURITY; ALTER TABLE order_fact    FORCE ROW LEVEL SECURITY;
ALTER TABLE indicator_day ENABLE ROW LEVEL SECURITY; ALTER TABLE indicator_day FORCE ROW LEVEL SECURITY;
-- A level sees its own branch; a unit sees its own figures.
CREATE POLICY figure_seen ON indicator_day FOR SELECT TO yihao_app
  USING (starts_with(path, (SELECT wall_branch())) OR (by = 'unit' AND key = ANY ((SELECT wall_units())::text[])));
CREATE POLICY figure_worker ON indicator_day FOR ALL TO yihao_worker USING (true);
CREATE POLICY fact_worker ON order_fact FOR ALL TO yihao_worker USING (true);
GRANT SELECT ON indicator_day TO yihao_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON indicator_day, order_fact TO yihao_worker;

-- The orders of a figure, newest first, within the caller's own sight of orders. It applies the scope itself: under row
-- security `&&` is not leakproof and would lose the index.
CREATE FUNCTION indicator_orders(wanted int, first date, last date, grp text, member text, before text, most int)
RETURNS TABLE (number text, numerator bigint, denominator bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT f.number, sum(f.counts[i][4])::bigint, sum(f.counts[i][5])::bigint
  FROM order_fact f
  JOIN work_order o ON o.number = f.number
  CROSS JOIN LATERAL generate_subscripts(f.counts, 1) AS i
  WHERE f.keys && ARRAY(SELECT wanted * 100000 + day FROM generate_series(first - date '2000-01-01', last - date '2000-01-01') AS day)
    AND f.number < before
    AND f.counts[i][1] = wanted AND date '2000-01-01' + f.counts[i][3] BETWEEN first AND last
    AND CASE grp
          WHEN 'unit' THEN f.counts[i][2] <> 0 AND f.counts[i][2]::text = member
          WHEN 'line' THEN f.counts[i][2] = 0 AND f.line = member
          WHEN 'kind' THEN f.counts[i][2] = 0 AND f.kind = member
          WHEN 'area' THEN f.counts[i][2] = 0 AND f.area = member
          ELSE f.counts[i][2] = 0
        END
    AND ((starts_with(o.path, wall_branch()) AND (o.secrecy <> 'confidential' OR wall_cleared()))
         OR EXISTS (SELECT FROM order_part p WHERE p.number = f.number AND p.unit_id = ANY (wall_units())))
  GROUP BY f.number ORDER BY f.number DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION indicator_orders(int, date, date, text, text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator_orders(int, date, date, text, text, text, int) TO yihao_app;
-- It reads as the worker, whose policies show every branch (see search_orders in 0004).
GRANT CREATE ON SCHEMA public TO yihao_worker;
ALTER FUNCTION indicator_orders(int, date, date, text, text, text, int) OWNER TO yihao_worker;
REVOKE CREATE ON SCHEMA public FROM yihao_worker;
