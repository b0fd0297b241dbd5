-- Work an account asked for and comes back for (exports ...): done by the background process, fetched by the asker alone.
CREATE TABLE task (
  id          text COLLATE "C" PRIMARY KEY,       -- 128 random bits, so that an id cannot be guessed
  kind        text NOT NULL,                      -- people.tasks.KINDS
  account_id  int NOT NULL,
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','running','done','failed')),
  at          timestamptz NOT NULL,               -- business time it was asked for
  asked       bytea NOT NULL,                     -- sealed: what was asked for; what is searched for may be a phone number
  request_id  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts    int NOT NULL DEFAULT 0,
  lease_until timestamptz,                        -- database clock: until then it is another process's
  done        int NOT NULL DEFAULT 0,             -- how far it is, of `total`
  total       int,
  ended_at    timestamptz,                        -- business time
  expires_at  timestamptz,                        -- business time it is forgotten, with its file
  fault       jsonb,                              -- why it failed: code, zh, en
  file_name   text,
  media_type  text,
  size        bigint                              -- bytes of the file, in all its parts
);
CREATE INDEX task_due ON task (created_at) WHERE state IN ('waiting','running');
CREATE INDEX task_account ON task (account_id, at DESC);
CREATE INDEX task_expiry ON task (expires_at) WHERE expires_at IS NOT NULL;

-- Its file in parts of a megabyte: nobody need hold the whole of it at once.
CREATE TABLE task_part (
  task_id text COLLATE "C" NOT NULL REFERENCES task ON DELETE CASCADE,
  no      int NOT NULL,
  content bytea NOT NULL,                         -- sealed
  PRIMARY KEY (task_id, no)
);
-- Sealed content has no redundancy to press out.
ALTER TABLE task_part ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE task      ENABLE ROW LEVEL SECURITY; ALTER TABLE task      FORCE ROW LEVEL SECURITY;
ALTER TABLE task_part ENABLE ROW LEVEL SECURITY; ALTER TABLE task_part FORCE ROW LEVEL SECURITY;
CREATE POLICY task_seen ON task FOR SELECT TO yihao_app USING (account_id = (SELECT wall_account()));
CREATE POLICY task_made ON task FOR INSERT TO yihao_app WITH CHECK (account_id = (SELECT wall_account()) AND state = 'waiting');
CREATE POLICY part_of_task ON task_part FOR SELECT TO yihao_app USING (EXISTS (SELECT FROM task t WHERE t.id = task_id));
CREATE POLICY worker_task ON task FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_task_part ON task_part FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT ON task TO yihao_app;
GRANT SELECT ON task_part TO yihao_app;
GRANT SELECT, UPDATE, DELETE ON task TO yihao_worker;
GRANT SELECT, INSERT ON task_part TO yihao_worker;
