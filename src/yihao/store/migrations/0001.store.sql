-- Roles, the outbox and its followers, idempotency keys, settings.
--
-- yihao_app    requests: owns nothing, NOBYPASSRLS, cannot change or delete an event.
-- yihao_worker background jobs: reads every branch through policies of its own, owns nothing either.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yihao_app') THEN CREATE ROLE yihao_app NOLOGIN NOBYPASSRLS; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yihao_worker') THEN CREATE ROLE yihao_worker NOLOGIN NOBYPASSRLS; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server made them just now
END $$;
GRANT yihao_app, yihao_worker TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO yihao_app, yihao_worker;

-- The values of the wall (see store/db.py). STABLE and without arguments, so a policy reads each once a statement;
-- an unset or emptied setting is NULL and shows no rows.
CREATE FUNCTION wall_account() RETURNS int STABLE LANGUAGE sql RETURN nullif(nullif(current_setting('yihao.account', true), ''), '0')::int;
CREATE FUNCTION wall_branch() RETURNS text STABLE LANGUAGE sql RETURN nullif(current_setting('yihao.branch', true), '');
CREATE FUNCTION wall_units() RETURNS int[] STABLE LANGUAGE sql RETURN nullif(current_setting('yihao.units', true), '')::int[];
CREATE FUNCTION wall_cleared() RETURNS boolean STABLE LANGUAGE sql RETURN coalesce(current_setting('yihao.cleared', true), '') = '1';

-- One row an event (topic order.<verb>, status 'feed': read by followers) and one a message that must leave the house.
-- Followers and senders run after commit. `xid` orders rows by commit horizon: ids commit out of order, so a reader
-- takes only rows below pg_snapshot_xmin (see store/feed.py).
CREATE TABLE outbox (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
  topic     text NOT NULL,                       -- order.<verb> | notice.<what> | sms.<what> | call.<what>
  number    text COLLATE "C",                    -- the order it speaks of
  seq       int,                                 -- the event it speaks of
  status    text NOT NULL DEFAULT 'feed' CHECK (status IN ('feed','pending','no_sender','sent','dead')),
  body      jsonb NOT NULL DEFAULT '{}',         -- no personal data: a sender looks it up behind the seal
  attempts  int NOT NULL DEFAULT 0,
  next_at   timestamptz,                         -- when a pending message is tried next (database clock: transport, not business)
  error     text,                                -- why the last attempt failed
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at   timestamptz
);
CREATE INDEX outbox_feed ON outbox (xid, id) WHERE status = 'feed';
CREATE INDEX outbox_pending ON outbox (next_at, id) WHERE status = 'pending';
CREATE INDEX outbox_stuck ON outbox (status, id) WHERE status IN ('no_sender','dead');
GRANT INSERT ON outbox TO yihao_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO yihao_worker;

-- How far each follower of the feed has read: everything up to and including (xid, id).
CREATE TABLE follower (
  name  text PRIMARY KEY,
  xid   xid8 NOT NULL DEFAULT '0',
  id    bigint NOT NULL DEFAULT 0,
  as_of timestamptz                              -- everything committed before this moment has been taken in
);
GRANT SELECT ON follower TO yihao_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON follower TO yihao_worker;

-- A retry after a lost answer finds the order it made. Scope = account + key; kept 7 days.
-- The digest is keyed (HMAC-SM3), so that a guessed body cannot be confirmed from the table.
CREATE TABLE idempotency (
  account_id int NOT NULL,
  key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  number     text COLLATE "C" NOT NULL,
  seq        int NOT NULL,
  digest     bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
GRANT SELECT, INSERT ON idempotency TO yihao_app;
GRANT SELECT, DELETE ON idempotency TO yihao_worker;

-- What the installation must remember of itself: whether it is live or a scratch database, the system identifier of
-- the cluster its xids belong to.
CREATE TABLE installation (
  name  text PRIMARY KEY,
  value jsonb NOT NULL
);
GRANT SELECT ON installation TO yihao_app, yihao_worker;
