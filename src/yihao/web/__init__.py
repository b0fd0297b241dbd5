"""The doors of HTTP: the application that assembles every room's routes, the citizens' pages and the files of the console."""
