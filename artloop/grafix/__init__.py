"""The Grafix MCP server: runs untrusted sketches in child processes, measures the drawings and writes their files."""
