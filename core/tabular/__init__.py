"""Projects on tables of rows and columns."""
