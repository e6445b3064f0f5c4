"""What the vision projects share: how Keras is imported, and how a picture becomes an array."""
