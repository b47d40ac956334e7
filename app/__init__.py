"""The pages, which show what is published and compute nothing."""
