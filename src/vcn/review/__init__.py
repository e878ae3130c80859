"""A person looks at a result and corrects it: the server, its page, and the next question."""
