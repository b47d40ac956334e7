-- Grain: one row per invitations row and version, as landed.
{{ cx_warehouse.typed_rows('survey', 'invitations') }}
