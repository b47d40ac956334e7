{#- Every version of every row of a source table, read as the contract's types.

    A required value that is missing or cannot be read is a problem: the row is kept, its problems are written down and
    it goes to `rejects`. A deletion needs only its key, since a tool often sends nothing else with it. An optional value
    that cannot be read becomes null and is counted; where it decides what is known, `is_<column>_unreadable` tells it from
    one that is not there. -#}
{% macro typed_rows(system, table) %}
{%- set columns = cx_warehouse.contract_columns(system, table) -%}
{%- set key = cx_warehouse.key_column(system, table) -%}
{%- set text_key = "nullif(trim(source_rows." ~ key ~ "), '')" -%}
{%- if var('cx_incremental', false) -%}
    {#- Which loads are new is asked twice, before old rows are deleted and when new ones are read: it may not change between. -#}
    {%- set remembered = ref('stg_builds_remembered') -%}
{%- endif -%}
{%- set written = ['updated_at'] -%}
{%- for column in columns if column.is_born -%}
    {%- do written.append(cx_warehouse.date_as_instant(column.name) if column.type == 'date' else column.name) -%}
{%- endfor -%}
{%- set written_columns -%}
        {%- for column in columns %}
        {%- for part in cx_warehouse.typed_columns(column) %}
        {{ part.name }},
        {%- endfor %}
        {%- endfor %}
        {%- for column in columns if column.is_unreadable_told %}
        is_{{ column.name }}_unreadable,
        {%- endfor %}
        {{ cx_warehouse.lineage_columns() | join(', ') }},
        _problems,
        _unreadable_count,
        is_repeated,
        version_at
{%- endset -%}
with

source_rows as {{ cx_warehouse.computed_in_place() }} (
    {{ cx_warehouse.source_rows(system, table) }}
    {%- if cx_warehouse.is_by_change() %}
    where {{ cx_warehouse.is_landed_since(system, table) }}
    {%- endif %}
),

-- Most rows come once and need no ranking among versions, which costs more than reading them.
repeated_keys as (

    select {{ text_key }} as repeated_key
    from source_rows
    group by {{ text_key }}
    having count(*) > 1

),

marked as {{ cx_warehouse.computed_in_place() }} (

    select
        source_rows.*,
        repeated_keys.repeated_key is not null as is_repeated
    from source_rows
    left join repeated_keys on {{ text_key }} = repeated_keys.repeated_key

),

typed as {{ cx_warehouse.computed_in_place() }} (

    select
        {%- for column in columns %}
        {%- for part in cx_warehouse.typed_columns(column) %}
        {{ part.expression }} as {{ part.name }},
        {%- endfor %}
        nullif(trim({{ column.name }}), '') as _text_{{ column.name }},
        {%- endfor %}
        is_repeated,
        {{ cx_warehouse.lineage_columns() | join(', ') }}
    from marked

),

judged as {{ cx_warehouse.computed_in_place() }} (

    select
        typed.*,
        nullif(concat_ws(
            {{ cx_warehouse.record_separator() }}
            {%- for column in columns if column.is_required %},
            {{ cx_warehouse.problem_of(column) }}
            {%- endfor %}
        ), '') as _problems,
        0
        {%- for column in columns if not column.is_required %}
        + case when _text_{{ column.name }} is not null and {{ cx_warehouse.is_unread(column) }} then 1 else 0 end
        {%- endfor %} as _unreadable_count,
        {%- for column in columns if column.is_unreadable_told %}
        _text_{{ column.name }} is not null and {{ cx_warehouse.is_unread(column) }} as is_{{ column.name }}_unreadable,
        {%- endfor %}
        -- A deletion was written no earlier than it happened, even where the tool left updated_at as it was.
        greatest(coalesce({{ written | join(', ') }}), deleted_at) as version_at
    from typed

),

-- The latest version whatever as_of is: the default as_of is read from these alone, so that an instant that was
-- corrected since does not move it.
final as (

    select
        {{ written_columns }},
        _problems is null as is_latest_version
    from judged
    where not is_repeated

    union all

    select
        {{ written_columns }},
        _problems is null and row_number() over (
            partition by {{ key }}, _problems is null
            order by version_at desc nulls last, _row_hash desc, _file desc, _line desc
        ) = 1 as is_latest_version
    from judged
    where is_repeated

)

select * from final
{% endmacro %}


{#- What one contract column becomes. A date-or-instant becomes two columns of which at most one is filled. -#}
{% macro typed_columns(column) %}
    {%- set name = column.name -%}
    {%- if column.type == 'timestamp' -%}
        {{ return([{'name': name, 'expression': cx_warehouse.read_instant(name)}]) }}
    {%- elif column.type == 'date' -%}
        {{ return([{'name': name, 'expression': cx_warehouse.read_date(name)}]) }}
    {%- elif column.type == 'date_or_timestamp' -%}
        {%- set stem = name[:-3] if name.endswith('_at') else name -%}
        {{ return([
            {'name': stem ~ '_date', 'expression': cx_warehouse.read_bare_date(name)},
            {'name': stem ~ '_at', 'expression': cx_warehouse.read_instant_not_date(name)}
        ]) }}
    {%- elif column.type == 'decimal' -%}
        {{ return([{'name': name, 'expression': cx_warehouse.read_decimal(name)}]) }}
    {%- elif column.type == 'integer' -%}
        {{ return([{'name': name, 'expression': cx_warehouse.read_integer(name)}]) }}
    {%- elif column.allowed -%}
        {%- set values = "'" ~ column.allowed | join("', '") ~ "'" -%}
        {{ return([{
            'name': name,
            'expression': 'case when lower(trim(' ~ name ~ ')) in (' ~ values ~ ') then lower(trim(' ~ name ~ ')) end'
        }]) }}
    {%- else -%}
        {{ return([{'name': name, 'expression': "nullif(trim(" ~ name ~ "), '')"}]) }}
    {%- endif -%}
{% endmacro %}


{% macro is_unread(column) -%}
    {%- for part in cx_warehouse.typed_columns(column) -%}
        {{ part.name }} is null{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- One problem: column, kind, what was found, what was expected; personal data is never repeated, nor what looks like an address
    in a column where none belongs. -#}
{% macro problem_of(column) -%}
    {%- set expected = 'one of ' ~ column.allowed | join(', ') if column.allowed else cx_warehouse.expected_words(column.type) -%}
    {%- set separator = cx_warehouse.unit_separator() -%}
    {#- What separates problems, and the parts of one, may stand in a field as well. -#}
    {%- set shown = "replace(replace(substr(_text_" ~ column.name ~ ", 1, 80), " ~ separator ~ ", ' '), " ~ cx_warehouse.record_separator() ~ ", ' ')" -%}
    {%- set found = "'***'" if column.is_pii
        else "case when _text_" ~ column.name ~ " like '%@%' then '***' else " ~ shown ~ " end" -%}
    case
        {{ '' if column.is_key else 'when deleted_at is not null then null' }}
        when _text_{{ column.name }} is null
            then concat('{{ column.name }}', {{ separator }}, 'missing', {{ separator }}, 'nothing', {{ separator }}, '{{ expected }}')
        when {{ cx_warehouse.is_unread(column) }}
            then concat('{{ column.name }}', {{ separator }}, 'unreadable', {{ separator }}, {{ found }}, {{ separator }}, '{{ expected }}')
    end
{%- endmacro %}


{% macro expected_words(type) -%}
    {{ return({
        'text': 'a text',
        'timestamp': 'an ISO 8601 instant such as 2026-03-01T14:00:00Z',
        'date': 'an ISO 8601 date such as 2026-03-01',
        'date_or_timestamp': 'an ISO 8601 date or instant',
        'decimal': 'a decimal number below a million million, such as 12.50',
        'integer': 'a whole number'
    }[type]) }}
{%- endmacro %}

{#- Control characters that separate problems, and the parts of one, in a single text column. -#}
{% macro record_separator() -%} chr(30) {%- endmacro %}
{% macro unit_separator() -%} chr(31) {%- endmacro %}
