"""What people look at: the console, the contact sheet, the gallery. All of it is folded from what a run left."""
