"""The doors of HTTP: the application of every room's routes, the citizens' pages, the files of the console."""
