"""The stages of the chain; each imports only what lies below it, never another stage."""
