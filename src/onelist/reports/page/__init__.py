"""The result of a check as one HTML page that needs nothing else: no server, no library, no network."""
