-- The tables of limit B: what a work-order system cannot do without, and nothing else. No partitions, no row security,
-- no sealing, no chain; one index beside each key. They stand in a schema of their own in the benchmark's database.
DROP SCHEMA IF EXISTS reference CASCADE;
CREATE SCHEMA reference;
CREATE TABLE reference.work_order (
  id            bigint PRIMARY KEY,
  state         text NOT NULL,
  kind          text NOT NULL,
  title         text NOT NULL,
  content       text NOT NULL,
  registered_at timestamptz NOT NULL
);
CREATE INDEX ON reference.work_order (state, id DESC);
CREATE TABLE reference.order_event (
  order_id bigint NOT NULL,
  seq      int NOT NULL,
  verb     text NOT NULL,
  at       timestamptz NOT NULL,
  body     jsonb NOT NULL,
  PRIMARY KEY (order_id, seq)
);
CREATE TABLE reference.duty (
  order_id bigint NOT NULL,
  no       int NOT NULL,
  kind     text NOT NULL,
  due_at   timestamptz NOT NULL,
  PRIMARY KEY (order_id, no)
);
CREATE INDEX ON reference.duty (due_at);
CREATE TABLE reference.outbox (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  body  jsonb NOT NULL
);
