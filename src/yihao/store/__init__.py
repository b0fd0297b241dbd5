"""PostgreSQL: the server, the schema, the pool, the wall of row security, the outbox and its followers."""
