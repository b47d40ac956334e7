-- Grain: one row per shipments row and version, as landed.
{{ cx_warehouse.typed_rows('fulfilment', 'shipments') }}
