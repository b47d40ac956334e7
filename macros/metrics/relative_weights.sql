{#- Johnson's relative weights: how R² of a regression divides over correlated predictors. With A the correlations of the
    predictors and r theirs with the outcome, Λ = A^½ and β = A^−½ r, the weight of predictor i is Σₖ Λᵢₖ² βₖ²; the weights
    add up to R² = r′A⁻¹r. Source: Johnson (2000), Multivariate Behavioral Research 35, 1–19.

    A^−½ without eigenvectors: it is the mean of (cos²θ A + sin²θ I)⁻¹ over θ from 0 to π/2, which the midpoint rule finds
    with an error that falls geometrically in the number of nodes (Hale, Higham, Trefethen 2008, SIAM Journal on Numerical
    Analysis 46, 2505–2523, name the integral; Trefethen, Weideman 2014, SIAM Review 56, 385–458, the rule). Each inverse is
    by the sweep operator (Goodnight 1979, The American Statistician 33, 149–158). Everything is a chain of plain selects
    over columns, so no engine needs matrices, recursion or a second look at a subquery.

    `relation` has one row per `keys` and the columns a_<i>_<j> (i ≤ j) of A and r_<i>, for i and j from 1 to `size`.
    Returns one row per keys with weight_1 … weight_<size>, r_squared and root_error, how far A^−½ A A^−½ is from
    the identity (its trace), which is 0 up to rounding unless predictors are as good as the same. -#}
{% macro relative_weights(relation, keys, size, nodes=128) -%}
    {{ return(adapter.dispatch('relative_weights', 'cx_warehouse')(relation, keys, size, nodes)) }}
{%- endmacro %}

{% macro default__relative_weights(relation, keys, size, nodes) -%}
{%- set indexes = range(1, size + 1) -%}
select
    {{ keys | join(', ') }},
    {%- for i in indexes %}
    {% for k in indexes %}root_{{ i }}_{{ k }} * root_{{ i }}_{{ k }} * beta_{{ k }} * beta_{{ k }}{{ ' + ' if not loop.last }}{% endfor %} as weight_{{ i }},
    {%- endfor %}
    {% for k in indexes %}beta_{{ k }} * beta_{{ k }}{{ ' + ' if not loop.last }}{% endfor %} as r_squared,
    abs({% for i in indexes %}{% for k in indexes %}root_{{ i }}_{{ k }} * {{ cx_warehouse.matrix_entry('h', k, i) }}{{ ' + ' if not loop.last }}{% endfor %}{{ ' + ' if not loop.last }}{% endfor %} - {{ size }}) as root_error
from (
    select
        {{ keys | join(', ') }},
        {%- for i in indexes %}
        {%- for k in indexes %}
        {% for j in indexes %}{{ cx_warehouse.matrix_entry('a', i, j) }} * {{ cx_warehouse.matrix_entry('h', j, k) }}{{ ' + ' if not loop.last }}{% endfor %} as root_{{ i }}_{{ k }},
        {%- endfor %}
        {%- endfor %}
        {%- for i in indexes %}
        {%- for j in range(i, size + 1) %}
        {{ cx_warehouse.matrix_entry('h', i, j) }},
        {%- endfor %}
        {%- endfor %}
        {%- for k in indexes %}
        {% for j in indexes %}{{ cx_warehouse.matrix_entry('h', k, j) }} * r_{{ j }}{{ ' + ' if not loop.last }}{% endfor %} as beta_{{ k }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {{ keys | join(', ') }},
            {%- for i in indexes %}
            max(r_{{ i }}) as r_{{ i }},
            {%- for j in range(i, size + 1) %}
            max({{ cx_warehouse.matrix_entry('a', i, j) }}) as {{ cx_warehouse.matrix_entry('a', i, j) }},
            -{{ cx_warehouse.steady_avg(cx_warehouse.matrix_entry('s', i, j)) }} as {{ cx_warehouse.matrix_entry('h', i, j) }}{{ ',' if not (loop.last and i == size) }}
            {%- endfor %}
            {%- endfor %}
        from
        {%- for pivot in range(size, 0, -1) %}
        (
            select
                {{ keys | join(', ') }},
                {%- for i in indexes %}
                r_{{ i }},
                {%- for j in range(i, size + 1) %}
                {{ cx_warehouse.matrix_entry('a', i, j) }},
                {% if i == pivot and j == pivot -%}
                -{{ cx_warehouse.ratio('1e0', cx_warehouse.matrix_entry('s', pivot, pivot)) }}
                {%- elif i == pivot or j == pivot -%}
                {{ cx_warehouse.ratio(cx_warehouse.matrix_entry('s', i, j), cx_warehouse.matrix_entry('s', pivot, pivot)) }}
                {%- else -%}
                {{ cx_warehouse.matrix_entry('s', i, j) }} - {{ cx_warehouse.ratio('(' ~ cx_warehouse.matrix_entry('s', i, pivot) ~ ' * ' ~ cx_warehouse.matrix_entry('s', pivot, j) ~ ')', cx_warehouse.matrix_entry('s', pivot, pivot)) }}
                {%- endif %} as {{ cx_warehouse.matrix_entry('s', i, j) }}{{ ',' if not (loop.last and i == size) }}
                {%- endfor %}
                {%- endfor %}
            from
        {%- endfor %}
            (
                select
                    {{ keys | join(', ') }},
                    {%- for i in indexes %}
                    r_{{ i }},
                    {%- for j in range(i, size + 1) %}
                    {{ cx_warehouse.matrix_entry('a', i, j) }},
                    cosine_square * {{ cx_warehouse.matrix_entry('a', i, j) }}{{ ' + (1e0 - cosine_square)' if i == j }} as {{ cx_warehouse.matrix_entry('s', i, j) }}{{ ',' if not (loop.last and i == size) }}
                    {%- endfor %}
                    {%- endfor %}
                from {{ relation }}
                cross join (
                    {%- for node in range(nodes) %}
                    select cos({{ (node + 0.5) }} * acos(-1e0) / {{ 2 * nodes }}.0) * cos({{ (node + 0.5) }} * acos(-1e0) / {{ 2 * nodes }}.0) as cosine_square
                    {{- ' union all' if not loop.last }}
                    {%- endfor %}
                ) as nodes
                {{ cx_warehouse.computed_once() }}
            ) as started
        {%- for pivot in indexes %}
        {{ cx_warehouse.computed_once() }}
        ) as swept_{{ pivot }}
        {%- endfor %}
        group by {{ keys | join(', ') }}
    ) as inverted
) as rooted
{%- endmacro %}

{#- The column of a symmetric matrix, of which the upper half is kept. -#}
{% macro matrix_entry(prefix, i, j) -%} {{ return(prefix ~ '_' ~ ([i, j] | min) ~ '_' ~ ([i, j] | max)) }} {%- endmacro %}
