-- Marks of orders under way that lists are asked for: urged by the citizen, a reply sent back. An order has few events
-- of the kind, and the packed order cannot be asked; a row lasts as long as the order is in somebody's hands.
CREATE TABLE order_mark (
  number text COLLATE "C" NOT NULL,
  mark   text NOT NULL,                          -- urged, sent_back
  at     timestamptz NOT NULL,                   -- business time of the last time
  path   text COLLATE "C" NOT NULL,              -- branch of the order
  PRIMARY KEY (mark, number)
);
ALTER TABLE order_mark ENABLE ROW LEVEL SECURITY; ALTER TABLE order_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY mark_seen ON order_mark FOR SELECT TO yihao_app
  USING (starts_with(path, (SELECT wall_branch())) OR sees_order(number));
CREATE POLICY mark_made ON order_mark FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY mark_moved ON order_mark FOR UPDATE TO yihao_app USING (sees_order(number));
CREATE POLICY mark_done ON order_mark FOR DELETE TO yihao_app USING (true);  -- by the act that ends it
CREATE POLICY mark_worker ON order_mark FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON order_mark TO yihao_app, yihao_worker;
