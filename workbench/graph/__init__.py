"""Where the graph lives: its schema, the store over the driver, and the local server."""
