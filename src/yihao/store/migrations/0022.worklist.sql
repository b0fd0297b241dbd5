-- What desks ask of duties and orders under way, so that no list and no count has to open an order to answer.
--
-- A duty says itself whether its order is confidential: it never changes after registration. The wall of a branch then
-- needs no look at the order of each duty, and thousands can be counted.
ALTER TABLE open_duty ADD COLUMN secret boolean NOT NULL DEFAULT false;

-- Filled as the worker, whose policies show every branch: the owner of the tables may be bound by FORCE ROW LEVEL SECURITY.
CREATE FUNCTION mark_secret_duties() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE open_duty d SET secret = true FROM work_order o WHERE o.number = d.number AND o.secrecy = 'confidential'
$$;
GRANT CREATE ON SCHEMA public TO yihao_worker;
ALTER FUNCTION mark_secret_duties() OWNER TO yihao_worker;
REVOKE CREATE ON SCHEMA public FROM yihao_worker;
SELECT mark_secret_duties();
DROP FUNCTION mark_secret_duties();

ALTER POLICY duty_seen ON open_duty
  USING (unit_id = ANY ((SELECT wall_units())::int[])
         OR (starts_with(path, (SELECT wall_branch())) AND (NOT secret OR (SELECT wall_cleared())))
         OR sees_order(number));

-- Acts that wait for a second person of the same desk (单位内审, the shift lead's word on a refusal): one row while it lasts.
CREATE TABLE order_pending (
  number  text COLLATE "C" PRIMARY KEY,
  unit_id int,                                    -- whose reviewer decides; NULL: the hotline
  verb    text NOT NULL,                          -- what waits: reply, return, request_extension, refuse ...
  at      timestamptz NOT NULL,                   -- business time since when
  path    text COLLATE "C" NOT NULL               -- branch of the order
);
CREATE INDEX order_pending_unit ON order_pending (unit_id, number);
ALTER TABLE order_pending ENABLE ROW LEVEL SECURITY; ALTER TABLE order_pending FORCE ROW LEVEL SECURITY;
CREATE POLICY pending_seen ON order_pending FOR SELECT TO yihao_app
  USING (unit_id = ANY ((SELECT wall_units())::int[]) OR starts_with(path, (SELECT wall_branch())) OR sees_order(number));
CREATE POLICY pending_made ON order_pending FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY pending_moved ON order_pending FOR UPDATE TO yihao_app USING (sees_order(number));
CREATE POLICY pending_done ON order_pending FOR DELETE TO yihao_app USING (true);  -- by the act that ends it
CREATE POLICY pending_worker ON order_pending FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON order_pending TO yihao_app, yihao_worker;
