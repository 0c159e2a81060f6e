"""From the text of settings.ini to Settings, each mistake with its place; and edits back."""
