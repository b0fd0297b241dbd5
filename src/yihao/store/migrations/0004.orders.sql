-- The life of work orders.
--
-- order_event is the truth: append-only, chained by SM3 per order. work_order and open_duty are what its events fold to;
-- `yihao verify` folds them again and compares. Duties that are closed are read from the events alone. Personal data
-- stands in order_private and reporter alone; an event holds a salted commitment to it, so that erasure and key rotation
-- leave the chain whole. Columns marked "packed" hold JSON as yihao.orders.packing writes it: a byte that names the
-- format, then the rest (docs/adr/0013-packed-json.md).
--
-- The order number YYYYMMDD + area(6) + sequence(6) + check character is primary key and range key; partitions are
-- months of the number, made on demand by ensure_order_month(); there is no DEFAULT partition.

CREATE TABLE work_order (
  number        text COLLATE "C" NOT NULL,
  version       int NOT NULL,                     -- seq of the last event; what If-Match names
  head          bytea NOT NULL,                   -- hash of the last event
  state         text NOT NULL,                    -- spec D.1
  path          text COLLATE "C" NOT NULL,        -- branch of the jurisdiction that owns the order
  jurisdiction_id int NOT NULL,
  kind          text NOT NULL,                    -- consult, help, complaint, report, suggestion, praise, other
  channel       text NOT NULL,
  category      text,
  area_code     text,
  line          text,                             -- the number dialled, when it was not 12345 itself
  urgency       text NOT NULL,
  secrecy       text NOT NULL,                    -- public, internal, confidential
  lead_unit     int,
  title         text NOT NULL,                    -- redacted: what identifies a person is masked (seal.redact)
  registered_at timestamptz NOT NULL,             -- business times, from the injected clock
  last_at       timestamptz NOT NULL,
  due_at        timestamptz,                      -- the lead unit's handling due
  next_due_at   timestamptz,                      -- the earliest due that runs and can be breached: what lists show
  data          bytea NOT NULL,                   -- the rest of orders.model.Order, packed
  PRIMARY KEY (number)
) PARTITION BY RANGE (number);
CREATE INDEX work_order_state ON work_order (state, number DESC);
CREATE INDEX work_order_kind ON work_order (kind, number DESC);
CREATE INDEX work_order_lead ON work_order (lead_unit, number DESC);

CREATE TABLE order_event (
  number      text COLLATE "C" NOT NULL,
  seq         int NOT NULL,
  verb        text NOT NULL,
  at          timestamptz NOT NULL,               -- business time; never going back within an order
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),  -- database clock; sealed by the checkpoint, not the chain
  account_id  int NOT NULL,
  role        text NOT NULL,
  unit_id     int,
  from_state  text,
  to_state    text NOT NULL,
  body        bytea NOT NULL,                     -- facts, change and commitment, packed; no personal data
  hash        bytea NOT NULL,                     -- SM3(previous hash || canonical event)
  PRIMARY KEY (number, seq)
) PARTITION BY RANGE (number);

-- Texts and personal data of an event: a readable copy with identifying spans masked, and the sealed original.
CREATE TABLE order_private (
  number    text COLLATE "C" NOT NULL,
  seq       int NOT NULL,
  redacted  bytea NOT NULL,                       -- packed
  sealed    bytea,                                -- NULL once lawfully erased
  erased_at timestamptz,
  PRIMARY KEY (number, seq)
) PARTITION BY RANGE (number);

-- Who reported (举报人): a key of its own, opened only with a second person's consent, never in caller_index.
CREATE TABLE reporter (
  number text COLLATE "C" PRIMARY KEY,
  sealed bytea NOT NULL
);

-- Obligations under way: what desks and the clock read, across all months.
CREATE TABLE open_duty (
  number      text COLLATE "C" NOT NULL,
  no          int NOT NULL,
  kind        text NOT NULL,                      -- orders.model.DUTY_KINDS
  unit_id     int,                                -- NULL: the hotline itself
  path        text COLLATE "C" NOT NULL,
  opened_at   timestamptz NOT NULL,
  due_at      timestamptz NOT NULL,
  rule        text NOT NULL,                      -- the limit in worktime's language
  clause      text NOT NULL,
  fallback    text,                               -- why the due is not certain (calendar horizon), or NULL
  breached_at timestamptz,                        -- recorded by the clock, or on meeting late
  paused_at   timestamptz,
  PRIMARY KEY (number, no)
);
CREATE INDEX open_duty_unit ON open_duty (unit_id, due_at, number);
CREATE INDEX open_duty_clock ON open_duty (due_at) WHERE breached_at IS NULL AND paused_at IS NULL;
CREATE INDEX open_duty_desk ON open_duty (kind, due_at, number);

-- Which units take part in an order now: the second half of the wall, and the road of a unit's lists.
-- Its own policies cannot ask work_order (whose policy asks here), so it carries the branch itself.
CREATE TABLE order_part (
  number  text COLLATE "C" NOT NULL,
  unit_id int NOT NULL,
  path    text COLLATE "C" NOT NULL,
  PRIMARY KEY (number, unit_id)
);
CREATE INDEX order_part_unit ON order_part (unit_id, number DESC);

-- Orders bound to others: child merged into parent; a repeat of an earlier one.
CREATE TABLE order_link (
  child  text COLLATE "C" NOT NULL,
  parent text COLLATE "C" NOT NULL,
  kind   text NOT NULL CHECK (kind IN ('merged', 'repeat', 'cluster', 'sent_down')),
  relation text CHECK (relation IN ('repeat', 'cluster')),  -- what was merged
  PRIMARY KEY (child, parent, kind),
  CHECK ((kind = 'merged') = (relation IS NOT NULL))
);
CREATE INDEX order_link_parent ON order_link (parent, kind);

-- Blind index of callers: HMAC-SM3 of the normalised phone or id number. Two columns so that a new index key can be
-- filled in while the old one still answers.
CREATE TABLE caller_index (
  kind     text NOT NULL,                         -- phone | id_number | enterprise_code
  idx      bytea NOT NULL,
  idx_next bytea,
  number   text COLLATE "C" NOT NULL,
  PRIMARY KEY (idx, number)
);
CREATE INDEX caller_index_next ON caller_index (idx_next) WHERE idx_next IS NOT NULL;

-- Numbers are given out in blocks, so that no registration waits for another; what a stopped process did not use is lost.
CREATE TABLE order_counter (
  area text NOT NULL,
  day  date NOT NULL,
  next int NOT NULL,
  PRIMARY KEY (area, day)
);

-- A text marked as state secret never becomes an order: it is sealed here for the security officer and reported.
CREATE TABLE quarantine (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL,
  account_id int NOT NULL,
  path       text COLLATE "C" NOT NULL,
  marks      text[] NOT NULL,
  sealed     bytea NOT NULL,
  cleared_at timestamptz
);

-- Signed sums over all new events, chained to each other (hard-to-change: Events hold facts).
-- `heads` packs one record an order: number (21 ASCII), first seq, last seq (int4 each), SM3 over its events' hash and
-- recorded_at (32): so a missing order can be named, not just noticed.
CREATE TABLE checkpoint (
  id        bigint PRIMARY KEY,
  at        timestamptz NOT NULL,
  orders    int NOT NULL,
  events    int NOT NULL,
  heads     bytea NOT NULL,
  previous  bytea NOT NULL,
  hash      bytea NOT NULL,
  signature bytea NOT NULL
);

-- What the text search reads: bigrams of the redacted texts. Reached only through search_orders(), which applies the
-- caller's scope itself: under row security `@@` is not leakproof and would lose the index.
CREATE TABLE order_search (
  number text COLLATE "C" PRIMARY KEY,
  words  tsvector NOT NULL
);
CREATE INDEX order_search_words ON order_search USING gin (words);

-- The wall -----------------------------------------------------------------------------------------------------------
ALTER TABLE work_order    ENABLE ROW LEVEL SECURITY; ALTER TABLE work_order    FORCE ROW LEVEL SECURITY;
ALTER TABLE order_event   ENABLE ROW LEVEL SECURITY; ALTER TABLE order_event   FORCE ROW LEVEL SECURITY;
ALTER TABLE order_private ENABLE ROW LEVEL SECURITY; ALTER TABLE order_private FORCE ROW LEVEL SECURITY;
ALTER TABLE reporter      ENABLE ROW LEVEL SECURITY; ALTER TABLE reporter      FORCE ROW LEVEL SECURITY;
ALTER TABLE open_duty     ENABLE ROW LEVEL SECURITY; ALTER TABLE open_duty     FORCE ROW LEVEL SECURITY;
ALTER TABLE order_part    ENABLE ROW LEVEL SECURITY; ALTER TABLE order_part    FORCE ROW LEVEL SECURITY;
ALTER TABLE order_link    ENABLE ROW LEVEL SECURITY; ALTER TABLE order_link    FORCE ROW LEVEL SECURITY;
ALTER TABLE caller_index  ENABLE ROW LEVEL SECURITY; ALTER TABLE caller_index  FORCE ROW LEVEL SECURITY;
ALTER TABLE quarantine    ENABLE ROW LEVEL SECURITY; ALTER TABLE quarantine    FORCE ROW LEVEL SECURITY;

-- A unit takes part, or the order lies in the caller's branch (a confidential one needs clearance).
CREATE POLICY part_seen ON order_part FOR SELECT TO yihao_app
  USING (unit_id = ANY ((SELECT wall_units())::int[]) OR starts_with(path, (SELECT wall_branch())));
CREATE POLICY order_seen ON work_order FOR SELECT TO yihao_app
  USING ((starts_with(path, (SELECT wall_branch())) AND (secrecy <> 'confidential' OR (SELECT wall_cleared())))
         OR ((SELECT wall_units()) <> '{}' AND EXISTS (
           SELECT FROM order_part p WHERE p.number = work_order.number AND p.unit_id = ANY ((SELECT wall_units())::int[]))));
CREATE POLICY order_made ON work_order FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY order_moved ON work_order FOR UPDATE TO yihao_app
  USING ((starts_with(path, (SELECT wall_branch())) AND (secrecy <> 'confidential' OR (SELECT wall_cleared())))
         OR ((SELECT wall_units()) <> '{}' AND EXISTS (
           SELECT FROM order_part p WHERE p.number = work_order.number AND p.unit_id = ANY ((SELECT wall_units())::int[]))))
  WITH CHECK (true);  -- a unit that hands an order back leaves it by that very act

-- Whether the caller sees an order: work_order's own policy answers. A function and no subquery in the policies below,
-- since a subquery there would have every month planned into every statement (28 ms instead of 1 at 120 months).
-- The order last found visible is remembered for the transaction (`yihao.seen`, cleared with every wall): a history asks
-- for the same one twenty times.
CREATE FUNCTION sees_order(wanted text) RETURNS boolean STABLE LANGUAGE plpgsql AS $$
DECLARE
  kept text;
BEGIN
  IF wanted = current_setting('yihao.seen', true) THEN RETURN true; END IF;
  IF NOT EXISTS (SELECT FROM public.work_order o WHERE o.number = wanted) THEN RETURN false; END IF;
  kept := set_config('yihao.seen', wanted, true);
  RETURN true;
END $$;

-- The rest is seen exactly when its order is. Inserting needs a signed-in account only: a statement that inserts an
-- order and its first event cannot see the one while checking the other, and appending reveals nothing.
CREATE POLICY event_seen   ON order_event   FOR SELECT TO yihao_app USING (sees_order(number));
CREATE POLICY event_made   ON order_event   FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY private_seen ON order_private FOR SELECT TO yihao_app USING (sees_order(number));
CREATE POLICY private_made ON order_private FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY private_gone ON order_private FOR UPDATE TO yihao_app USING (sees_order(number));
CREATE POLICY reporter_seen ON reporter FOR SELECT TO yihao_app USING (EXISTS (SELECT FROM work_order o WHERE o.number = reporter.number AND starts_with(o.path, (SELECT wall_branch()))));
CREATE POLICY reporter_made ON reporter FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY duty_seen    ON open_duty FOR SELECT TO yihao_app
  USING (unit_id = ANY ((SELECT wall_units())::int[]) OR sees_order(number));
CREATE POLICY duty_made    ON open_duty FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY duty_moved   ON open_duty FOR UPDATE TO yihao_app USING (sees_order(number));
CREATE POLICY duty_done    ON open_duty FOR DELETE TO yihao_app USING (sees_order(number));
CREATE POLICY part_made    ON order_part FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY part_gone    ON order_part FOR DELETE TO yihao_app
  USING (unit_id = ANY ((SELECT wall_units())::int[]) OR starts_with(path, (SELECT wall_branch())));
CREATE POLICY link_seen    ON order_link FOR SELECT TO yihao_app USING (sees_order(child) OR sees_order(parent));
CREATE POLICY link_made    ON order_link FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY link_gone    ON order_link FOR DELETE TO yihao_app USING (sees_order(child));
CREATE POLICY caller_seen  ON caller_index FOR SELECT TO yihao_app USING (sees_order(number));
CREATE POLICY caller_made  ON caller_index FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);
CREATE POLICY quarantine_made ON quarantine FOR INSERT TO yihao_app WITH CHECK ((SELECT wall_account()) IS NOT NULL);

CREATE POLICY worker_order ON work_order FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_event ON order_event FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_private ON order_private FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_reporter ON reporter FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_open ON open_duty FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_part ON order_part FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_link ON order_link FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_caller ON caller_index FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_quarantine ON quarantine FOR ALL TO yihao_worker USING (true);

-- An event is appended and read, by anybody; nobody's role may change or delete one.
GRANT SELECT, INSERT, UPDATE ON work_order TO yihao_app, yihao_worker;
GRANT SELECT, INSERT ON order_event TO yihao_app, yihao_worker;
GRANT SELECT, INSERT, UPDATE ON order_private TO yihao_app, yihao_worker;
GRANT SELECT, INSERT ON reporter TO yihao_app, yihao_worker;
GRANT UPDATE ON reporter TO yihao_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON open_duty TO yihao_app, yihao_worker;
GRANT SELECT, INSERT, DELETE ON order_part TO yihao_app, yihao_worker;
GRANT SELECT, INSERT, DELETE ON order_link TO yihao_app, yihao_worker;
GRANT SELECT, INSERT ON caller_index TO yihao_app, yihao_worker;
GRANT UPDATE ON caller_index TO yihao_worker;
GRANT SELECT, INSERT, UPDATE ON order_counter TO yihao_app, yihao_worker;
GRANT INSERT ON quarantine TO yihao_app;
GRANT SELECT, INSERT, UPDATE ON quarantine TO yihao_worker;
GRANT SELECT, INSERT ON checkpoint TO yihao_worker;
GRANT SELECT, INSERT, UPDATE ON order_search TO yihao_worker;

-- Months ---------------------------------------------------------------------------------------------------------------
-- Attaching takes a weaker lock on the parent than PARTITION OF does: readers and writers go on meanwhile.
-- The plain index pieces come with LIKE, so that attaching finds them and builds none.
CREATE FUNCTION ensure_order_month(month text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  parent text;
  child text;
  upper_bound text := to_char(to_date(month, 'YYYYMM') + interval '1 month', 'YYYYMM');
BEGIN
  IF month !~ '^(19|20|21)[0-9]{2}(0[1-9]|1[0-2])$' THEN RAISE EXCEPTION 'not a month: %', month USING ERRCODE = '22007'; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('yihao.order_month'), month::int);
  FOREACH parent IN ARRAY ARRAY['work_order', 'order_event', 'order_private'] LOOP
    child := parent || '_' || month;
    IF to_regclass(child) IS NULL THEN
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, month, upper_bound);
    END IF;
  END LOOP;
END $$;

-- Words in, numbers out, newest first, within the caller's own scope. Planned for the words at hand: how rare they are
-- decides between the text index and a walk from the newest.
CREATE FUNCTION search_orders(query tsquery, before text, most int) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
  SELECT s.number FROM order_search s
  JOIN work_order o ON o.number = s.number
  WHERE s.words @@ query AND s.number < before
    AND ((starts_with(o.path, wall_branch()) AND (o.secrecy <> 'confidential' OR wall_cleared()))
         OR EXISTS (SELECT FROM order_part p WHERE p.number = s.number AND p.unit_id = ANY (wall_units())))
  ORDER BY s.number DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION ensure_order_month(text), search_orders(tsquery, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_order_month(text) TO yihao_app, yihao_worker;
GRANT EXECUTE ON FUNCTION search_orders(tsquery, text, int) TO yihao_app;
-- It reads as the worker, whose policies show every branch: the owner of the tables may be an ordinary account that
-- FORCE ROW LEVEL SECURITY binds too.
GRANT CREATE ON SCHEMA public TO yihao_worker;
ALTER FUNCTION search_orders(tsquery, text, int) OWNER TO yihao_worker;
REVOKE CREATE ON SCHEMA public FROM yihao_worker;
