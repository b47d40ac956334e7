-- Grain: stub
select 'all' as month, 'nps' as question_kind, 'all' as touchpoint, 'all' as segment, 'all' as scale, cast(null as bigint) as answer_count, cast(null as double) as score, cast(null as double) as score_low, cast(null as double) as score_high, 'withheld' as status, 'stub' as reason, 'x' as method
