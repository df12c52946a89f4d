"""Running a function app under Azure's own worker library, in a virtual environment of its own."""
