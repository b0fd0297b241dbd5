-- Background work: the cursors' cluster, notices, what the clock could not do, how each job fares, lawful erasure.

-- A checkpoint's heads are read as a whole and hardly compress: kept out of line as they are.
ALTER TABLE checkpoint ALTER COLUMN heads SET STORAGE EXTERNAL;

-- The xids of the outbox belong to one cluster. In another one (a dump restored elsewhere) they mean nothing: a row
-- written after the restore may have a smaller one than a cursor from before it, and would be passed over. All rows of
-- the feed then get this transaction's xid and every follower begins again; their handlers are idempotent.
-- Answers whether that was needed. Call it before the first follower reads (store/feed.py).
CREATE FUNCTION feed_rebase() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  here jsonb;
  known jsonb;
  lost boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('yihao.feed_rebase'));
  BEGIN
    SELECT to_jsonb(system_identifier::text) INTO here FROM pg_control_system();
  EXCEPTION WHEN insufficient_privilege THEN
    here := NULL;  -- some managed servers hide it; then only xids that lie in the future tell
  END;
  SELECT value INTO known FROM installation WHERE name = 'system_identifier';
  SELECT coalesce(max(xid) >= pg_snapshot_xmax(pg_current_snapshot()), false) INTO lost
  FROM (SELECT xid FROM follower UNION ALL SELECT xid FROM outbox WHERE status = 'feed') AS every;
  lost := lost OR (known IS NOT NULL AND here IS NOT NULL AND known <> here);
  IF here IS NOT NULL AND here IS DISTINCT FROM known THEN
    INSERT INTO installation (name, value) VALUES ('system_identifier', here)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;
  END IF;
  IF lost THEN
    UPDATE outbox SET xid = pg_current_xact_id() WHERE status = 'feed';
    UPDATE follower SET xid = '0', id = 0, as_of = NULL;
  END IF;
  RETURN lost;
END $$;
REVOKE ALL ON FUNCTION feed_rebase() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_rebase() TO yihao_worker;

-- The inbox of a unit, an account or (neither) the hotline of a branch. The outbox row's id makes sending repeatable.
CREATE TABLE notice (
  id         bigint PRIMARY KEY,
  at         timestamptz NOT NULL,                -- business time of the event it speaks of
  topic      text NOT NULL,                       -- notice.<what>
  number     text COLLATE "C",
  path       text COLLATE "C" NOT NULL,           -- branch of the order
  unit_id    int,
  account_id int,
  body       jsonb NOT NULL,                      -- facts; no personal data
  read_at    timestamptz,                         -- business time; one reader of the unit reads for all
  read_by    int
);
CREATE INDEX notice_unit ON notice (unit_id, id DESC);
CREATE INDEX notice_account ON notice (account_id, id DESC) WHERE account_id IS NOT NULL;
CREATE INDEX notice_hotline ON notice (id DESC) WHERE unit_id IS NULL AND account_id IS NULL;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY; ALTER TABLE notice FORCE ROW LEVEL SECURITY;
CREATE POLICY notice_seen ON notice FOR SELECT TO yihao_app USING (
  unit_id = ANY ((SELECT wall_units())::int[]) OR account_id = (SELECT wall_account())
  OR (unit_id IS NULL AND account_id IS NULL AND starts_with(path, (SELECT wall_branch()))));
CREATE POLICY notice_read ON notice FOR UPDATE TO yihao_app USING (
  unit_id = ANY ((SELECT wall_units())::int[]) OR account_id = (SELECT wall_account())
  OR (unit_id IS NULL AND account_id IS NULL AND starts_with(path, (SELECT wall_branch()))));
CREATE POLICY notice_worker ON notice FOR ALL TO yihao_worker USING (true);
GRANT SELECT, UPDATE (read_at, read_by) ON notice TO yihao_app;
GRANT SELECT, INSERT, DELETE ON notice TO yihao_worker;

-- Orders whose next step the clock tried and could not do: tried again later, never in the way of the others.
CREATE TABLE clock_retry (
  number   text COLLATE "C" PRIMARY KEY,
  failures int NOT NULL,
  next_at  timestamptz NOT NULL,                  -- business time
  code     text NOT NULL                          -- stable code of the error, or its class
);
GRANT SELECT ON clock_retry TO yihao_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON clock_retry TO yihao_worker;

-- How each background job fares, what a resumable one has done so far, and what must be shown (calendar horizon).
CREATE TABLE job (
  name     text PRIMARY KEY,
  ran_at   timestamptz,                           -- database clock: the last try
  ok_at    timestamptz,                           -- the last that succeeded
  failures int NOT NULL DEFAULT 0,                -- in a row
  error    text,
  note     jsonb NOT NULL DEFAULT '{}'
);
GRANT SELECT ON job TO yihao_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO yihao_worker;

-- Lawful erasure of one order's texts and personal data (个人信息保护法 第四十七条): its chain stays whole, as events hold
-- commitments only. Runs after the order's own `erase` event, in the same transaction, or not at all.
CREATE FUNCTION erase_private(order_number text, moment timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM work_order o JOIN order_event e ON e.number = o.number AND e.seq = o.version
                 WHERE o.number = order_number AND e.verb = 'erase' AND e.at = moment) THEN
    RAISE EXCEPTION 'no erasure was recorded' USING ERRCODE = '55000';
  END IF;
  UPDATE order_private SET sealed = NULL, redacted = '\x007b7d', erased_at = moment WHERE number = order_number AND erased_at IS NULL;
  UPDATE work_order SET title = '' WHERE number = order_number;
  DELETE FROM reporter WHERE number = order_number;
  DELETE FROM caller_index WHERE number = order_number;
  DELETE FROM order_search WHERE number = order_number;
END $$;
GRANT DELETE ON reporter, caller_index, order_search TO yihao_worker;
REVOKE ALL ON FUNCTION erase_private(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_private(text, timestamptz) TO yihao_app;
-- It writes as the worker, whose policies show every branch (see search_orders in 0004).
GRANT CREATE ON SCHEMA public TO yihao_worker;
ALTER FUNCTION erase_private(text, timestamptz) OWNER TO yihao_worker;
REVOKE CREATE ON SCHEMA public FROM yihao_worker;
