-- Who has an order open right now, for the others who have it open: nothing durable, gone with a crash. A row that was not
-- renewed for half a minute (database clock) counts for nothing; it is written over or swept.
CREATE UNLOGGED TABLE order_presence (
  number     text COLLATE "C" NOT NULL,
  account_id int NOT NULL,
  doing      text NOT NULL CHECK (doing IN ('viewing', 'editing')),
  role       text NOT NULL,
  since      timestamptz NOT NULL,
  beat       timestamptz NOT NULL,
  PRIMARY KEY (number, account_id)
) WITH (fillfactor = 50);
CREATE INDEX order_presence_account ON order_presence (account_id);
ALTER TABLE order_presence ENABLE ROW LEVEL SECURITY; ALTER TABLE order_presence FORCE ROW LEVEL SECURITY;
CREATE POLICY presence_seen ON order_presence FOR SELECT TO yihao_app
  USING (account_id = (SELECT wall_account()) OR sees_order(number));
CREATE POLICY presence_made ON order_presence FOR INSERT TO yihao_app WITH CHECK (account_id = (SELECT wall_account()));
CREATE POLICY presence_moved ON order_presence FOR UPDATE TO yihao_app
  USING (account_id = (SELECT wall_account())) WITH CHECK (account_id = (SELECT wall_account()));
CREATE POLICY presence_gone ON order_presence FOR DELETE TO yihao_app USING (account_id = (SELECT wall_account()));
CREATE POLICY presence_worker ON order_presence FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON order_presence TO yihao_app, yihao_worker;
