-- Grain: one row per initiative_costs row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'initiative_costs') }}
