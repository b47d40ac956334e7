-- Grain: one row per answers row and version, as landed.
{{ cx_warehouse.typed_rows('survey', 'answers') }}
