"""The only shared drawing code: what every page is made of."""
