"""Files: tables out of CSV, workbooks and Parquet, and their faults."""
