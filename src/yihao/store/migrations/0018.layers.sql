-- A node's own layer of rules over what holds above it: the files as their author wrote them (docs/profiles.md). Never
-- rewritten: a new version follows, so that an order can name the layer it was made under. No files: no layer from then on.
CREATE TABLE jurisdiction_layer (
  jurisdiction_id int NOT NULL REFERENCES jurisdiction,
  version    int NOT NULL CHECK (version > 0),
  files      jsonb NOT NULL,                       -- {"limits.yaml": "..."}
  reason     text NOT NULL CHECK (reason <> ''),
  by_account int NOT NULL,
  at         timestamptz NOT NULL,                 -- business time of the edit
  PRIMARY KEY (jurisdiction_id, version)
);
GRANT SELECT, INSERT ON jurisdiction_layer TO yihao_app;
GRANT SELECT ON jurisdiction_layer TO yihao_worker;
