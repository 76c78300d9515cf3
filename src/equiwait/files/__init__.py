"""Tables out of CSV files, workbooks, Parquet files and frames, and what can be wrong with them: said once, for all rooms."""
