"""Finds parameters with which a sketch's drawing measures as wished: many renders, no model."""
