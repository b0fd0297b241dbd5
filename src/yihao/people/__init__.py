"""Who may act: accounts and roles, sign-in, sessions and tokens, second factor, scope, the second person.

``scope.Actor`` is what every other room is given; ``guard`` makes one of a request; ``service`` and ``approvals`` hold
the use cases; ``sessions`` signs people in. Why it is so: ``docs/adr/0006-people-and-audit.md``.
"""
