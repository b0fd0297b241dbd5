"""The statements of this room."""

from __future__ import annotations

from yihao.lines.register import DRAFT_FIELDS

COLUMNS = ", ".join(
    (
        *("id", "jurisdiction_id", "path", "number", *DRAFT_FIELDS),
        *("quote", "reading", "against", "status", "version", "updated_at", "updated_by"),
    )
)
_DRAFT = ", ".join(DRAFT_FIELDS)

# What holds in a place: its own register, over those of the places above. $1 path; $2 after (a number), $3 limit.
PAGE = f"""
SELECT DISTINCT ON (number) {COLUMNS} FROM hotline WHERE starts_with($1, path) AND number > $2
ORDER BY number, length(path) DESC LIMIT $3
"""  # noqa: S608 - constants
COUNT = "SELECT count(DISTINCT number) FROM hotline WHERE starts_with($1, path)"
ANY = "SELECT EXISTS (SELECT FROM hotline WHERE path = $1)"
# Of a branch: the place and all below it.
BRANCH = f"SELECT {COLUMNS} FROM hotline WHERE starts_with(path, $1) ORDER BY path, number"  # noqa: S608 - constants
# The entry that holds in a place: its own, else that of the nearest place above. $1 path, $2 number.
NEAREST = f"""
SELECT {COLUMNS} FROM hotline WHERE number = $2 AND starts_with($1, path) ORDER BY length(path) DESC LIMIT 1
"""  # noqa: S608 - constants
LOCK = f"SELECT {COLUMNS} FROM hotline WHERE id = $1 FOR UPDATE"  # noqa: S608 - constants
PLACES = "SELECT path, count(*) AS lines FROM hotline GROUP BY path"
ADD = f"""
INSERT INTO hotline (jurisdiction_id, path, number, quote, reading, against, status, version, updated_at, updated_by,
                     {_DRAFT})
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, {", ".join(f"${place}" for place in range(10, 10 + len(DRAFT_FIELDS)))})
RETURNING {COLUMNS}
"""  # noqa: S608 - constants
CHANGE = f"""
UPDATE hotline SET version = version + 1, updated_at = $2, updated_by = $3, status = $4,
  ({_DRAFT}) = ROW ({", ".join(f"${place}" for place in range(5, 5 + len(DRAFT_FIELDS)))})
WHERE id = $1 RETURNING {COLUMNS}
"""  # noqa: S608 - constants
STATUS = f"""
UPDATE hotline SET version = version + 1, updated_at = $2, updated_by = $3, status = $4 WHERE id = $1
RETURNING {COLUMNS}
"""  # noqa: S608 - constants
NOTE = """
INSERT INTO hotline_event (hotline_id, version, verb, at, account_id, role, changes, basis, reason, overrides)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10)
"""
# $1 line, $2 after (a version), $3 limit.
HISTORY = """
SELECT e.version, e.verb, e.at, e.account_id, a.name AS account, e.role, e.changes, e.basis, e.reason, e.overrides
FROM hotline_event e JOIN account a ON a.id = e.account_id
WHERE e.hotline_id = $1 AND e.version > $2 ORDER BY e.version LIMIT $3
"""
DUTIES = (
    "SELECT hotline_id, code, done, document, evidence, at, account_id FROM hotline_duty WHERE hotline_id = ANY ($1)"
)
TICK = """
INSERT INTO hotline_duty (hotline_id, code, done, document, evidence, at, account_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (hotline_id, code) DO UPDATE SET done = excluded.done, document = excluded.document,
  evidence = excluded.evidence, at = excluded.at, account_id = excluded.account_id
"""
# Whose day has come: $1 today.
DUE = f"""
SELECT {COLUMNS} FROM hotline WHERE status IN ('planned', 'cut_over') AND cut_over <= $1
ORDER BY id FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - constants
# What the platform holds of units, as far as the caller's wall lets it see. $1 the units; $2 the first order number of
# the time looked at: numbers begin with their day, so that old months are not even opened.
ITEMS = """
SELECT unit_id, count(*) AS items, max(updated_at) AS items_at FROM knowledge_item
WHERE unit_id = ANY ($1) AND status = 'published' GROUP BY unit_id
"""
HANDLED = """
SELECT lead_unit AS unit_id, count(*) AS handled, max(last_at) AS handled_at FROM work_order
WHERE lead_unit = ANY ($1) AND state IN ('closed', 'revisiting', 'archived', 'final') AND number >= $2
GROUP BY lead_unit
"""
# $1 the numbers.
RECEIVED = """
SELECT line AS number, count(*) AS received, max(registered_at) AS received_at FROM work_order
WHERE line = ANY ($1) AND number >= $2 GROUP BY line
"""

# The linked partner registered with a number, in a place or around it. $1 number, $2 path, $3 day.
PARTNER = """
SELECT u.name, p.agreement
FROM partner p JOIN unit u ON u.id = p.unit_id JOIN jurisdiction j ON j.id = u.jurisdiction_id
WHERE p.number = $1 AND p.active AND u.active AND p.valid_from <= $3 AND (p.valid_to IS NULL OR $3 <= p.valid_to)
  AND (starts_with($2, j.path) OR starts_with(j.path, $2))
ORDER BY length(j.path) DESC, u.id LIMIT 1
"""

FORGET_PARENT = "DELETE FROM hotline_parent WHERE jurisdiction_id = $1"
ADD_PARENT = """
INSERT INTO hotline_parent (jurisdiction_id, path, number, name, mode, unit, source) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
PARENT = "SELECT number, name, mode, unit, source FROM hotline_parent WHERE jurisdiction_id = $1 ORDER BY number"
