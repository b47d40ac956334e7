-- Grain: one row per contacts row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'contacts') }}
