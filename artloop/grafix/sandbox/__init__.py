"""How a stranger's sketch is run: warm processes that are forked, confined, limited and killed."""
