-- The register of hotlines (热线归并): how each number joins 12345 in a place, what its department owes, every change
-- with who and on what basis. A place sees its own register, those below it, and those above it that hold for it; it
-- writes its own and those below.

-- The home of the caller: the branch of the wall, else where the account is at home (administrators see no orders, so
-- their wall has no branch).
CREATE FUNCTION wall_home() RETURNS text STABLE LANGUAGE sql AS $$
  SELECT coalesce(wall_branch(), (SELECT j.path FROM account a JOIN jurisdiction j ON j.id = a.jurisdiction_id
                                  WHERE a.id = wall_account() AND a.active))
$$;

CREATE TABLE hotline (
  id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  jurisdiction_id int NOT NULL REFERENCES jurisdiction,
  path            text COLLATE "C" NOT NULL,        -- of the jurisdiction
  number          text COLLATE "C" NOT NULL CHECK (number ~ '^[0-9]{3,11}$'),
  name            text NOT NULL CHECK (name <> ''),
  purpose         text NOT NULL,                    -- 用途; changing it is as good as a new line (BY 四(三))
  mode            text NOT NULL,                    -- code of merging.modes of the place's profile
  unit            text NOT NULL CHECK (unit <> ''), -- responsible, as the list names it
  local_unit      text,
  unit_id         int REFERENCES unit,              -- the organisation of the tree that answers and handles
  founder         text NOT NULL,                    -- code of merging.founders
  levels          text[] NOT NULL,                  -- levels at which it was answered
  experts         text NOT NULL CHECK (experts IN ('required','may','no')),
  expert_seats    int NOT NULL CHECK (expert_seats >= 0),
  seats           text NOT NULL CHECK (seats IN ('merged','kept','temporary','cancelled')),
  by              date,                             -- last day for the merge
  cut_over        date,                             -- first day under the new way
  landing         text,                             -- NULL: by its founder
  subcentre_levels text[] NOT NULL,
  subcentre_areas  text[] NOT NULL,
  answered_here   boolean,                          -- NULL: not found out
  survey          jsonb NOT NULL,                   -- ten fields (BY 三(一))
  prompt_before   text,                             -- instead of the profile's
  prompt_after    text,
  remark          text NOT NULL,
  clause          text NOT NULL,                    -- what the entry stands on
  quote           text NOT NULL,
  reading         text NOT NULL,
  against         text NOT NULL,                    -- what another passage says
  status          text NOT NULL CHECK (status IN ('planned','cut_over','merged','province_only','not_opened','conditional','cancelled')),
  version         int NOT NULL CHECK (version > 0), -- of the last event; what If-Match names
  updated_at      timestamptz NOT NULL,             -- business time
  updated_by      int NOT NULL,                     -- account
  UNIQUE (jurisdiction_id, number)
);
CREATE INDEX hotline_number ON hotline (number);
CREATE INDEX hotline_cut_over ON hotline (cut_over) WHERE status IN ('planned','cut_over');

-- Append-only: what was changed, by whom, when, and on what basis.
CREATE TABLE hotline_event (
  hotline_id  int NOT NULL REFERENCES hotline,
  version     int NOT NULL,
  verb        text NOT NULL,
  at          timestamptz NOT NULL,                 -- business time
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  account_id  int NOT NULL,
  role        text NOT NULL,
  changes     jsonb NOT NULL,                       -- field: [before, after]
  basis       text NOT NULL,                        -- the document; empty where none is asked for
  reason      text NOT NULL,
  overrides   text[] NOT NULL,                      -- rules that were overridden, with the basis above
  PRIMARY KEY (hotline_id, version)
);

-- What the department of a line, or a sub-centre, owes before the line counts as merged.
CREATE TABLE hotline_duty (
  hotline_id int NOT NULL REFERENCES hotline,
  code       text NOT NULL,                         -- of line_duties or subcentre_duties of the profile
  done       boolean NOT NULL,
  document   text NOT NULL,                         -- what shows it; empty where the platform's own evidence does
  evidence   text NOT NULL,                         -- what the platform held at that moment
  at         timestamptz NOT NULL,                  -- business time
  account_id int NOT NULL,
  PRIMARY KEY (hotline_id, code)
);

-- The list of a level above that is not in this installation, to compare with (ZJ 二(二)1 查漏补缺).
CREATE TABLE hotline_parent (
  jurisdiction_id int NOT NULL REFERENCES jurisdiction, -- who compares
  path            text COLLATE "C" NOT NULL,
  number          text COLLATE "C" NOT NULL CHECK (number ~ '^[0-9]{3,11}$'),
  name            text NOT NULL,
  mode            text NOT NULL,
  unit            text NOT NULL,
  source          text NOT NULL CHECK (source <> ''), -- the document of the list
  PRIMARY KEY (jurisdiction_id, number)
);

ALTER TABLE hotline        ENABLE ROW LEVEL SECURITY; ALTER TABLE hotline        FORCE ROW LEVEL SECURITY;
ALTER TABLE hotline_event  ENABLE ROW LEVEL SECURITY; ALTER TABLE hotline_event  FORCE ROW LEVEL SECURITY;
ALTER TABLE hotline_duty   ENABLE ROW LEVEL SECURITY; ALTER TABLE hotline_duty   FORCE ROW LEVEL SECURITY;
ALTER TABLE hotline_parent ENABLE ROW LEVEL SECURITY; ALTER TABLE hotline_parent FORCE ROW LEVEL SECURITY;
-- 3: the installation itself, for files and demonstrations.
CREATE POLICY hotline_seen ON hotline FOR SELECT TO yihao_app
  USING (starts_with(path, (SELECT wall_home())) OR starts_with((SELECT wall_home()), path) OR (SELECT wall_account()) = 3);
CREATE POLICY hotline_made ON hotline FOR INSERT TO yihao_app
  WITH CHECK (starts_with(path, (SELECT wall_home())) OR (SELECT wall_account()) = 3);
CREATE POLICY hotline_changed ON hotline FOR UPDATE TO yihao_app
  USING (starts_with(path, (SELECT wall_home())) OR (SELECT wall_account()) = 3);
-- Seen as far as the line is seen, written as far as the line is written.
CREATE POLICY hotline_event_seen ON hotline_event FOR SELECT TO yihao_app USING (EXISTS (SELECT FROM hotline h WHERE h.id = hotline_id));
CREATE POLICY hotline_event_made ON hotline_event FOR INSERT TO yihao_app
  WITH CHECK (EXISTS (SELECT FROM hotline h WHERE h.id = hotline_id AND (starts_with(h.path, (SELECT wall_home())) OR (SELECT wall_account()) = 3)));
CREATE POLICY hotline_duty_seen ON hotline_duty FOR SELECT TO yihao_app USING (EXISTS (SELECT FROM hotline h WHERE h.id = hotline_id));
CREATE POLICY hotline_duty_made ON hotline_duty FOR INSERT TO yihao_app
  WITH CHECK (EXISTS (SELECT FROM hotline h WHERE h.id = hotline_id AND (starts_with(h.path, (SELECT wall_home())) OR (SELECT wall_account()) = 3)));
CREATE POLICY hotline_duty_changed ON hotline_duty FOR UPDATE TO yihao_app
  USING (EXISTS (SELECT FROM hotline h WHERE h.id = hotline_id AND (starts_with(h.path, (SELECT wall_home())) OR (SELECT wall_account()) = 3)));
CREATE POLICY hotline_parent_seen ON hotline_parent FOR SELECT TO yihao_app
  USING (starts_with(path, (SELECT wall_home())) OR starts_with((SELECT wall_home()), path) OR (SELECT wall_account()) = 3);
CREATE POLICY hotline_parent_kept ON hotline_parent FOR ALL TO yihao_app
  USING (starts_with(path, (SELECT wall_home())) OR (SELECT wall_account()) = 3);
CREATE POLICY worker_hotline       ON hotline       FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_hotline_event ON hotline_event FOR ALL TO yihao_worker USING (true);
CREATE POLICY worker_hotline_duty  ON hotline_duty  FOR ALL TO yihao_worker USING (true);
GRANT SELECT, INSERT, UPDATE ON hotline, hotline_duty TO yihao_app, yihao_worker;
GRANT SELECT, INSERT ON hotline_event TO yihao_app, yihao_worker;
GRANT SELECT, INSERT, DELETE ON hotline_parent TO yihao_app;
