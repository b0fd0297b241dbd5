-- A desk sees, beside the orders its own branch took, those a desk above has passed into it: as long as a unit of the
-- branch takes part. A confidential one needs clearance here too. What it may do with them is the order room's business.
-- The range instead of starts_with(): an index answers it. Paths are digits and slashes, so ':' stands behind them all.
CREATE FUNCTION branch_units() RETURNS int[] STABLE LANGUAGE sql
RETURN (SELECT array_agg(u.id) FROM unit u JOIN jurisdiction j ON j.id = u.jurisdiction_id
        WHERE j.path >= wall_branch() COLLATE "C" AND j.path < (wall_branch() || ':') COLLATE "C");

ALTER POLICY part_seen ON order_part
  USING (unit_id = ANY ((SELECT wall_units())::int[]) OR starts_with(path, (SELECT wall_branch()))
         OR unit_id = ANY ((SELECT branch_units())::int[]));
ALTER POLICY order_seen ON work_order
  USING ((starts_with(path, (SELECT wall_branch())) AND (secrecy <> 'confidential' OR (SELECT wall_cleared())))
         OR ((SELECT wall_units()) <> '{}' AND EXISTS (
           SELECT FROM order_part p WHERE p.number = work_order.number AND p.unit_id = ANY ((SELECT wall_units())::int[])))
         OR ((SELECT wall_branch()) IS NOT NULL AND (secrecy <> 'confidential' OR (SELECT wall_cleared())) AND EXISTS (
           SELECT FROM order_part p WHERE p.number = work_order.number AND p.unit_id = ANY ((SELECT branch_units())::int[]))));
ALTER POLICY order_moved ON work_order
  USING ((starts_with(path, (SELECT wall_branch())) AND (secrecy <> 'confidential' OR (SELECT wall_cleared())))
         OR ((SELECT wall_units()) <> '{}' AND EXISTS (
           SELECT FROM order_part p WHERE p.number = work_order.number AND p.unit_id = ANY ((SELECT wall_units())::int[])))
         OR ((SELECT wall_branch()) IS NOT NULL AND (secrecy <> 'confidential' OR (SELECT wall_cleared())) AND EXISTS (
           SELECT FROM order_part p WHERE p.number = work_order.number AND p.unit_id = ANY ((SELECT branch_units())::int[]))));

CREATE OR REPLACE FUNCTION search_orders(query tsquery, before text, most int) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
  SELECT s.number FROM order_search s
  JOIN work_order o ON o.number = s.number
  WHERE s.words @@ query AND s.number < before
    AND ((starts_with(o.path, wall_branch()) AND (o.secrecy <> 'confidential' OR wall_cleared()))
         OR EXISTS (SELECT FROM order_part p WHERE p.number = s.number AND p.unit_id = ANY (wall_units()))
         OR ((o.secrecy <> 'confidential' OR wall_cleared()) AND EXISTS (
           SELECT FROM order_part p WHERE p.number = s.number AND p.unit_id = ANY ((SELECT branch_units())::int[]))))
  ORDER BY s.number DESC LIMIT most
$$;
