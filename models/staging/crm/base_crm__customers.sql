-- Grain: one row per customers row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'customers') }}
