"""A connector of the user's own: laid out from an export, and checked against the contract."""
