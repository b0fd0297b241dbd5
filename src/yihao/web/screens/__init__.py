"""The plain screens: sign in, list, one order with its allowed verbs as forms, registering, outbox. No script."""
