"""Projects on streams of events that arrive one at a time."""
