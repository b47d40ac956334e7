-- Grain: one row per initiatives row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'initiatives') }}
