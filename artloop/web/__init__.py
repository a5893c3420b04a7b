"""HTTP on this machine: where a server listens, who may use it, and how it ends. It knows nothing of MCP."""
