"""What projects that learn from tables share: a table's schema, its preparation, cases to ask, stored boosters."""
