-- Grain: one row per adjustments row and version, as landed.
{{ cx_warehouse.typed_rows('fulfilment', 'adjustments') }}
