"""What the text projects share: how a text is cleaned and described, and the encoder that reads it."""
