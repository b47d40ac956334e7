-- Nothing is lost: whatever was landed was loaded or rejected, and whatever was loaded has a fate.
select *
from {{ ref('mart_load_audit') }}
where
    landed_count <> loaded_count + loader_rejected_count
    or loaded_count <> typed_rejected_count + superseded_count + deleted_count + not_yet_count + current_count
