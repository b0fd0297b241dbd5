"""The doors of HTTP: the application that assembles every room's routes, and the plain screens."""
