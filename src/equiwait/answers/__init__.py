"""Answers: one file or folder for each question that people ask of the counts."""
