"""Rows: the list, each row by itself (read, link, flag, score), and then its place."""
