-- Grain: one row per promises row and version, as landed.
{{ cx_warehouse.typed_rows('fulfilment', 'promises') }}
