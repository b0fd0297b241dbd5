"""The statements of this room."""

COLUMNS = (
    "k.id, k.jurisdiction_id, k.title, k.body, k.category, k.unit_id, k.visibility, k.status, k.valid_from, "
    "k.valid_to, k.version, k.source, k.drafted_by, k.checked_by, k.updated_at, "
    "(SELECT name FROM account WHERE id = k.drafted_by) AS drafted_by_name, "
    "(SELECT name FROM account WHERE id = k.checked_by) AS checked_by_name"
)

# Of the reader's own branch and of every node above it; an empty path is the whole tree.
_IN_REACH = """
  k.visibility = ANY ($1) AND (starts_with(j.path, $2) OR starts_with($2, j.path))
"""
# $1 visibilities, $2 path, $3 question, $4 day, $5 limit, $6 ids found already. Rank 1: divided by 1 + log(length).
SEARCH = f"""
SELECT {COLUMNS} FROM knowledge_item k JOIN jurisdiction j ON j.id = k.jurisdiction_id
WHERE k.words @@ $3::text::tsquery AND {_IN_REACH} AND NOT k.id = ANY ($6)
  AND k.status = 'published' AND k.valid_from <= $4 AND (k.valid_to IS NULL OR $4 <= k.valid_to)
ORDER BY ts_rank(k.words, $3::text::tsquery, 1) DESC, k.id LIMIT $5
"""  # noqa: S608 - joined from constants of this file
# As above, for the desk: $4 status, $5 limit, $6 ids found already.
SEARCH_DESK = f"""
SELECT {COLUMNS} FROM knowledge_item k JOIN jurisdiction j ON j.id = k.jurisdiction_id
WHERE k.words @@ $3::text::tsquery AND {_IN_REACH} AND NOT k.id = ANY ($6) AND k.status = $4
ORDER BY ts_rank(k.words, $3::text::tsquery, 1) DESC, k.id LIMIT $5
"""  # noqa: S608 - joined from constants of this file
# $1 visibilities, $2 path, $3 id.
ONE = f"""
SELECT {COLUMNS} FROM knowledge_item k JOIN jurisdiction j ON j.id = k.jurisdiction_id WHERE k.id = $3 AND {_IN_REACH}
"""  # noqa: S608 - joined from constants of this file
# $1 visibilities, $2 path, $3 status or NULL, $4 after, $5 limit, $6 last day or NULL.
LIST = f"""
SELECT {COLUMNS} FROM knowledge_item k JOIN jurisdiction j ON j.id = k.jurisdiction_id
WHERE {_IN_REACH} AND ($3::text IS NULL OR k.status = $3) AND k.id > $4
  AND ($6::date IS NULL OR (k.status = 'published' AND k.valid_to <= $6)) ORDER BY k.id LIMIT $5
"""  # noqa: S608 - joined from constants of this file
EVERY = f"SELECT {COLUMNS} FROM knowledge_item k ORDER BY k.id"  # noqa: S608 - joined from constants of this file
# $1 visibilities, $2 path, $3 day, $4 after, $5 limit.
IN_FORCE = f"""
SELECT {COLUMNS} FROM knowledge_item k JOIN jurisdiction j ON j.id = k.jurisdiction_id
WHERE {_IN_REACH} AND k.status = 'published' AND k.valid_from <= $3 AND (k.valid_to IS NULL OR $3 <= k.valid_to)
  AND k.id > $4 ORDER BY k.id LIMIT $5
"""  # noqa: S608 - joined from constants of this file
LOCK = f"SELECT {COLUMNS} FROM knowledge_item k WHERE k.id = $1 FOR UPDATE"  # noqa: S608 - joined from constants of this file
ADD = f"""
INSERT INTO knowledge_item AS k (jurisdiction_id, title, body, category, unit_id, visibility, valid_from, valid_to,
                                 source, drafted_by, updated_at, words)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::tsvector) RETURNING {COLUMNS}
"""  # noqa: S608 - joined from constants of this file
KEEP_PAST = """
INSERT INTO knowledge_past
  (item_id, version, title, body, source, valid_from, valid_to, status, replaced_at, replaced_by)
SELECT id, version, title, body, source, valid_from, valid_to, status, $2, $3 FROM knowledge_item WHERE id = $1
"""
PAST = """
SELECT version, title, body, source, valid_from, valid_to, status, replaced_at, replaced_by,
       (SELECT name FROM account WHERE id = replaced_by) AS replaced_by_name
FROM knowledge_past WHERE item_id = $1 ORDER BY version DESC
"""
CHANGE = f"""
UPDATE knowledge_item AS k SET jurisdiction_id = $2, title = $3, body = $4, category = $5, unit_id = $6,
  visibility = $7, valid_from = $8, valid_to = $9, source = $10, drafted_by = $11, updated_at = $12,
  words = $13::text::tsvector, version = version + 1, status = 'draft', checked_by = NULL
WHERE k.id = $1 RETURNING {COLUMNS}
"""  # noqa: S608 - joined from constants of this file
STEP = f"""
UPDATE knowledge_item AS k SET status = $2, checked_by = $3, updated_at = $4 WHERE k.id = $1 RETURNING {COLUMNS}
"""  # noqa: S608 - joined from constants of this file
