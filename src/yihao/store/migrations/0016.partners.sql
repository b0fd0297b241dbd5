-- The register of linked partners (联动单位, ZJ 二(二)4, SX 二(二)6): what is agreed with a unit of the tree that keeps its
-- own number. Reference data without row security, as the tree; who may read and write is checked by the routes.
CREATE TABLE partner (
  unit_id    int PRIMARY KEY REFERENCES unit,
  kind       text NOT NULL CHECK (kind <> ''),    -- code of merging.partners of the place's profile
  number     text COLLATE "C" CHECK (number ~ '^[0-9]{3,12}$'), -- '110', '96345'
  scope      text NOT NULL CHECK (scope <> ''),   -- which matters are handed over
  agreement  text NOT NULL CHECK (agreement <> ''), -- the document it rests on
  valid_from date NOT NULL,                       -- first day
  valid_to   date CHECK (valid_to >= valid_from), -- last day; NULL: open
  contact    text NOT NULL CHECK (contact <> ''), -- a desk, no person
  duty_phone text NOT NULL CHECK (duty_phone <> ''), -- of that desk
  active     boolean NOT NULL,
  updated_at timestamptz NOT NULL,                -- business time
  updated_by int NOT NULL                         -- account
);
GRANT SELECT, INSERT, UPDATE ON partner TO yihao_app;
GRANT SELECT ON partner TO yihao_worker;
