"""Reading sound files: which are whole, and their samples as they were received."""
