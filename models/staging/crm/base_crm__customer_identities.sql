-- Grain: one row per customer_identities row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'customer_identities') }}
