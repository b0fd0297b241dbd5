"""The statements of this room."""

# `tree` names this database: the id comes along when a database is copied from a template, the oid does not.
# `written`: the transaction has itself raised the version, so what it reads is not yet anybody else's.
VERSION = """
SELECT v.tree || ':' || d.oid AS tree, v.version,
  coalesce(current_setting('yihao.tree_written', true) = '1', false) AS written
FROM units_version v, pg_database d WHERE d.datname = current_database()
"""
RAISE_VERSION = """
UPDATE units_version SET version = version + 1 RETURNING set_config('yihao.tree_written', '1', true)
"""

JURISDICTIONS = "SELECT * FROM jurisdiction ORDER BY id"
UNITS = "SELECT * FROM unit ORDER BY name_pinyin, id"
OFFICERS = "SELECT * FROM officer ORDER BY unit_id, id"
OFFICER = "SELECT * FROM officer WHERE id = $1"
CATEGORIES = "SELECT * FROM category ORDER BY code"
CATALOGUE = "SELECT * FROM catalogue ORDER BY category, area_code, kind NULLS FIRST, valid_from, id"
# The latest version of each edited year.
YEARS = """
SELECT DISTINCT ON (jurisdiction_id, year) jurisdiction_id, year, version, holidays, workdays, source, by_account, at
FROM calendar_year ORDER BY jurisdiction_id, year, version DESC
"""
# Every version of one place's edits of a year, newest first.
YEAR_VERSIONS = """
SELECT jurisdiction_id, year, version, holidays, workdays, source, by_account, at FROM calendar_year
WHERE jurisdiction_id IS NOT DISTINCT FROM $1 AND year = $2 ORDER BY version DESC
"""
APPEND_YEAR = """
INSERT INTO calendar_year (jurisdiction_id, year, version, holidays, workdays, source, by_account, at)
SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7
FROM calendar_year WHERE jurisdiction_id IS NOT DISTINCT FROM $1 AND year = $2
RETURNING jurisdiction_id, year, version, holidays, workdays, source, by_account, at
"""

ADD_JURISDICTION = """
INSERT INTO jurisdiction (parent_id, area_code, name, level, profile, managing_unit_id, name_pinyin)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *
"""
CHANGE_JURISDICTION = """
UPDATE jurisdiction SET name = $2, profile = $3, managing_unit_id = $4, name_pinyin = $5 WHERE id = $1 RETURNING *
"""
ADD_UNIT = """
INSERT INTO unit (jurisdiction_id, superior_id, name, short_name, kind, active, in_indicators, may_register,
                  office_hours, answers_line, name_pinyin)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING *
"""
CHANGE_UNIT = """
UPDATE unit SET jurisdiction_id = $2, superior_id = $3, name = $4, short_name = $5, kind = $6, active = $7,
  in_indicators = $8, may_register = $9, office_hours = $10, answers_line = $11, name_pinyin = $12
WHERE id = $1 RETURNING *
"""
ADD_OFFICER = """
INSERT INTO officer (unit_id, account_id, name, duty, active) VALUES ($1, $2, $3, $4, $5) RETURNING *
"""
CHANGE_OFFICER = """
UPDATE officer SET unit_id = $2, account_id = $3, name = $4, duty = $5, active = $6 WHERE id = $1 RETURNING *
"""
PUT_CATEGORY = """
INSERT INTO category (code, parent, name, keywords, active) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, name = excluded.name, keywords = excluded.keywords,
  active = excluded.active
RETURNING *
"""
ADD_CATALOGUE = """
INSERT INTO catalogue
  (category, area_code, kind, unit_id, assist_unit_ids, basis, min_level, valid_from, valid_to, version)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce(max(version), 0) + 1
FROM catalogue WHERE category = $1 AND area_code = $2 AND kind IS NOT DISTINCT FROM $3
RETURNING *
"""
END_CATALOGUE = "UPDATE catalogue SET valid_to = $2 WHERE id = $1 RETURNING *"

# A whole tree into an installation without one (`plant`): arrays, one a column.
PLANT_JURISDICTIONS = """
INSERT INTO jurisdiction (parent_id, area_code, name, level, profile, name_pinyin)
SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) RETURNING id, area_code
"""
PLANT_UNITS = """
INSERT INTO unit (jurisdiction_id, name, short_name, kind, in_indicators, may_register, answers_line, name_pinyin)
SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bool[], $7::text[], $8::text[])
RETURNING id, jurisdiction_id, name
"""
NAME_SUPERIORS = """
UPDATE unit u SET superior_id = a.above FROM unnest($1::int[], $2::int[]) AS a(id, above) WHERE u.id = a.id
"""
NAME_MANAGING = """
UPDATE jurisdiction j SET managing_unit_id = m.unit FROM unnest($1::int[], $2::int[]) AS m(id, unit) WHERE j.id = m.id
"""

# The latest version of each node's own layer of rules, where it has one.
LAYERS = """
SELECT jurisdiction_id, version, files, reason, by_account, at FROM (
  SELECT DISTINCT ON (jurisdiction_id) * FROM jurisdiction_layer ORDER BY jurisdiction_id, version DESC) l
WHERE files <> '{}'
"""
# Every version of one node's layer, newest first.
LAYER_VERSIONS = """
SELECT jurisdiction_id, version, files, reason, by_account, at FROM jurisdiction_layer
WHERE jurisdiction_id = $1 ORDER BY version DESC
"""
APPEND_LAYER = """
INSERT INTO jurisdiction_layer (jurisdiction_id, version, files, reason, by_account, at)
SELECT $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4, $5 FROM jurisdiction_layer WHERE jurisdiction_id = $1
RETURNING jurisdiction_id, version, files, reason, by_account, at
"""
