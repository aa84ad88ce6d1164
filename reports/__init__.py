"""The DuckDB report database, its views, and the HTML page."""
