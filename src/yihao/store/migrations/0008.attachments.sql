-- Pictures, papers and recordings that belong to orders: sealed at rest, linked by id.
CREATE TABLE attachment (
  id         text COLLATE "C" PRIMARY KEY,        -- 128 random bits, so that an id cannot be guessed
  account_id int NOT NULL,                        -- who uploaded it; only they may link it
  at         timestamptz NOT NULL,
  media_type text NOT NULL,                       -- found from the content, never believed from the sender
  size       int NOT NULL,
  digest     bytea NOT NULL,                      -- SM3 of the plain content; named in the event that links it
  name       bytea NOT NULL,                      -- sealed: a file name often holds a person's
  content    bytea NOT NULL,                      -- sealed
  number     text COLLATE "C",                    -- the order it belongs to; NULL until linked
  seq        int                                  -- the event that linked it
);
-- Sealed content has no redundancy to press out.
ALTER TABLE attachment ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX attachment_order ON attachment (number, seq) WHERE number IS NOT NULL;
CREATE INDEX attachment_loose ON attachment (at) WHERE number IS NULL;
ALTER TABLE attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachment FORCE ROW LEVEL SECURITY;
-- Seen with its order; before that by its uploader alone.
CREATE POLICY attachment_seen ON attachment FOR SELECT TO yihao_app
  USING (CASE WHEN number IS NULL THEN account_id = (SELECT wall_account())
         ELSE sees_order(number) END);
CREATE POLICY attachment_made ON attachment FOR INSERT TO yihao_app WITH CHECK (account_id = (SELECT wall_account()) AND number IS NULL);
CREATE POLICY attachment_tied ON attachment FOR UPDATE TO yihao_app
  USING (number IS NULL AND account_id = (SELECT wall_account())) WITH CHECK (account_id = (SELECT wall_account()));
CREATE POLICY worker_attachment ON attachment FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT ON attachment TO yihao_app;
GRANT UPDATE (number, seq) ON attachment TO yihao_app;
GRANT SELECT, UPDATE, DELETE ON attachment TO yihao_worker;
