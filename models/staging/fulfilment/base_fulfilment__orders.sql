-- Grain: one row per orders row and version, as landed.
{{ cx_warehouse.typed_rows('fulfilment', 'orders') }}
