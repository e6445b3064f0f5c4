"""Text: sentiment analysis, and sentiment in many languages."""
