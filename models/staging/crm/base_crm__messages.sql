-- Grain: one row per messages row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'messages') }}
