{#- P(Z > z) of the standard normal distribution, to about 16 digits of itself even far out in the tail. Null where z is.
    Source: Cody (1969), Mathematics of Computation 23, 631–637, rational approximations of the error function, in the
    form of ALGORITHM 715 (Cody 1993, ACM TOMS 19, 22–32). -#}
{% macro normal_tail(z) -%} {{ return(adapter.dispatch('normal_tail', 'cx_warehouse')(z)) }} {%- endmacro %}

{% macro default__normal_tail(z) -%}
    {%- set size = 'abs(cast(' ~ z ~ ' as double))' -%}
    {%- set square = '(cast(' ~ z ~ ' as double) * cast(' ~ z ~ ' as double))' -%}
    {%- set inner_above = ['6.5682337918207449113e-2', '2.2352520354606839287e0', '1.6102823106855587881e2', '1.0676894854603709582e3', '1.8154981253343561249e4'] -%}
    {%- set inner_below = ['1e0', '4.720258190468824187e1', '9.7609855173777669322e2', '1.0260932208618978205e4', '4.5507789335026729956e4'] -%}
    {%- set middle_above = ['1.0765576773720192317e-8', '3.9894151208813466764e-1', '8.8831497943883759412e0', '9.3506656132177855979e1', '5.9727027639480026226e2', '2.4945375852903726711e3', '6.8481904505362823326e3', '1.1602651437647350124e4', '9.8427148383839780218e3'] -%}
    {%- set middle_below = ['1e0', '2.2266688044328115691e1', '2.3538790178262499861e2', '1.519377599407554805e3', '6.485558298266760755e3', '1.8615571640885098091e4', '3.4900952721145977266e4', '3.8912003286093271411e4', '1.9685429676859990727e4'] -%}
    {%- set outer_above = ['2.307344176494017303e-2', '2.1589853405795699e-1', '1.274011611602473639e-1', '2.2235277649649807e-2', '1.421619193227893466e-3', '2.9112874951168792e-5'] -%}
    {%- set outer_below = ['1e0', '1.28426009614491121e0', '4.68238212480865118e-1', '6.59881378689285515e-2', '3.78239633202758244e-3', '7.29751555083966205e-5'] -%}
    case
        when ({{ z }}) is null then null
        when {{ size }} <= 0.67448975e0
            then 0.5e0 - cast({{ z }} as double)
                * {{ cx_warehouse.polynomial(inner_above, square) }} / {{ cx_warehouse.polynomial(inner_below, square) }}
        else
            (case when ({{ z }}) < 0 then 1e0 else 0e0 end)
            + (case when ({{ z }}) < 0 then -1e0 else 1e0 end) * case
                when {{ size }} <= 5.656854249492380195e0
                    then exp(-{{ square }} / 2e0)
                        * {{ cx_warehouse.polynomial(middle_above, size) }} / {{ cx_warehouse.polynomial(middle_below, size) }}
                -- Further out than a double can say.
                when {{ size }} > 38.4e0 then 0e0
                else exp(-{{ square }} / 2e0) / {{ size }} * (
                    0.398942280401432677939946e0
                    - {{ cx_warehouse.polynomial(outer_above, '(1e0 / ' ~ square ~ ')') }}
                    / {{ cx_warehouse.polynomial(outer_below, '(1e0 / ' ~ square ~ ')') }} / {{ square }}
                )
            end
    end
{%- endmacro %}

{#- A polynomial by Horner's rule, coefficients (SQL literals) from the highest power down. -#}
{% macro polynomial(coefficients, x) -%}
    {%- set nested = namespace(text=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set nested.text = '(' ~ nested.text ~ ' * ' ~ x ~ ' + ' ~ coefficient ~ ')' -%}
    {%- endfor -%}
    {{ nested.text }}
{%- endmacro %}
