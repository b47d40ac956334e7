-- Grain: one row per maturity_assessments row and version, as landed.
{{ cx_warehouse.typed_rows('crm', 'maturity_assessments') }}
