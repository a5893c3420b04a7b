"""Steps done by workers on other machines: what is sent, who waits for it, who takes it, and who may write."""
