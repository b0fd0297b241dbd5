-- The lane of matters that go before others (企业绿色通道, SX 二(二)7): lists and desks find them here, figures are kept by it.
-- A row stands only where the place had such a lane when the order was registered.
CREATE TABLE order_lane (
  lane   text COLLATE "C" NOT NULL CHECK (lane IN ('enterprise')),
  number text COLLATE "C" NOT NULL UNIQUE,
  path   text COLLATE "C" NOT NULL,               -- branch of the order; it never changes
  PRIMARY KEY (lane, number)
);
ALTER TABLE order_lane ENABLE ROW LEVEL SECURITY; ALTER TABLE order_lane FORCE ROW LEVEL SECURITY;
CREATE POLICY lane_seen ON order_lane FOR SELECT TO yihao_app
  USING (starts_with(path, (SELECT wall_branch())) OR ((SELECT wall_units()) <> '{}' AND EXISTS (
    SELECT FROM order_part p WHERE p.number = order_lane.number AND p.unit_id = ANY ((SELECT wall_units())::int[]))));
CREATE POLICY lane_made ON order_lane FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY lane_worker ON order_lane FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT ON order_lane TO yihao_app, yihao_worker;

ALTER TABLE order_fact ADD COLUMN lane text NOT NULL DEFAULT '';  -- empty: none
ALTER TABLE indicator_day DROP CONSTRAINT indicator_day_by_check;
ALTER TABLE indicator_day ADD CONSTRAINT indicator_day_by_check CHECK (by IN ('all', 'unit', 'line', 'kind', 'area', 'lane')) NOT VALID;

-- As in 0007, with the lane among the groups. Grants and owner stay.
CREATE OR REPLACE FUNCTION indicator_orders(wanted int, first date, last date, grp text, member text, before text, most int)
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
          WHEN 'lane' THEN f.counts[i][2] = 0 AND f.lane = member
          ELSE f.counts[i][2] = 0
        END
    AND ((starts_with(o.path, wall_branch()) AND (o.secrecy <> 'confidential' OR wall_cleared()))
         OR EXISTS (SELECT FROM order_part p WHERE p.number = f.number AND p.unit_id = ANY (wall_units())))
  GROUP BY f.number ORDER BY f.number DESC LIMIT most
$$;
