"""How work on blocks of rows is run on many blocks: in memory, in a stream of parts, on a Spark cluster. It knows no medicine."""
