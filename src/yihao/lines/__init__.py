"""Lines: the register of hotlines, how each joins 12345 (热线归并), and what a number does when it is dialled."""
