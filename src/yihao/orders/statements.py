"""The room's SQL, by name (``queries.sql``)."""

from yihao.store.statements import load

SQL = load("yihao.orders")
