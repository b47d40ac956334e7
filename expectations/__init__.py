"""How live data should look: bounds in bounds.yml, checked by Great Expectations over the marts of a build."""
