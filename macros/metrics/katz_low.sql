{#- Lower end of the 95 % interval of a ratio of two independent shares, (successes_1 / trials_1) ÷
    (successes_2 / trials_2). Not for customers that appear in both groups or more than once. Null where either group
    has no success, since the logarithm then has no value, and for counts that cannot be.
    Source: Katz, Baptista, Azen, Pike (1978), Biometrics 34, 469–474, method C (log). -#}
{% macro katz_low(successes_1, trials_1, successes_2, trials_2) -%}
    {{ return(adapter.dispatch('katz_low', 'cx_warehouse')(successes_1, trials_1, successes_2, trials_2)) }}
{%- endmacro %}

{% macro default__katz_low(successes_1, trials_1, successes_2, trials_2) -%}
    {%- set share_1 = '(' ~ cx_warehouse.ratio('(' ~ successes_1 ~ ')', '(' ~ trials_1 ~ ')') ~ ')' -%}
    {%- set share_2 = '(' ~ cx_warehouse.ratio('(' ~ successes_2 ~ ')', '(' ~ trials_2 ~ ')') ~ ')' -%}
    case
        when
            ({{ successes_1 }}) > 0 and ({{ successes_1 }}) <= ({{ trials_1 }})
            and ({{ successes_2 }}) > 0 and ({{ successes_2 }}) <= ({{ trials_2 }})
            then exp(
                ln({{ share_1 }}) - ln({{ share_2 }})
                - {{ cx_warehouse.z_95() }} * sqrt(
                    (
                        {{ cx_warehouse.ratio('1', '(' ~ successes_1 ~ ')') }}
                        - {{ cx_warehouse.ratio('1', '(' ~ trials_1 ~ ')') }}
                    ) + (
                        {{ cx_warehouse.ratio('1', '(' ~ successes_2 ~ ')') }}
                        - {{ cx_warehouse.ratio('1', '(' ~ trials_2 ~ ')') }}
                    )
                )
            )
    end
{%- endmacro %}
