"""Upload to an index, a channel, a folder or a feedstock, and look before and after."""
