"""Public results on the bundled samples, saved, so that a change of structure that changes an answer is seen."""
