-- What a measurement has to agree with. Grain: one row a data set and published column.
-- `name` is the metric's name here, `metric` the printed column; a scorer id must contain one of the
-- alternatives of `scorer`; `items` is the published denominator, null where the paper does not state
-- one (MMAU's printed cells fit neither split's stated size alone; SongDescriber has 1,106 or 586
-- captions); of several rules of MMLU and GSM8K it is the one that comes first in ours, as the paper
-- names none; of HumanEval's it is the one that takes an answer's block of code, which is the
-- reference where there is none; `scale` turns a measured value (accuracy: a share) into the printed unit (percent).
create or replace view published_protocols as
select *
from (
    values
        ('audiocaps', 'fd', 'FD', 'openl3-mel256-env-512', 4875, 1),
        ('audiocaps', 'kl_gen_ref', 'KL', 'passt', 4875, 1),
        ('audiocaps', 'is', 'IS', 'panns|cnn14', 4875, 1),
        ('audiocaps', 'cl', 'CL', 'laion|clap-htsat-fused', 4875, 1),
        ('audiocaps', 'aes', 'AES', 'audiobox', 4875, 1),
        ('songdescriber', 'fd', 'FD', 'openl3-mel256-music-512', null, 1),
        ('songdescriber', 'kl_gen_ref', 'KL', 'passt', null, 1),
        ('songdescriber', 'is', 'IS', 'panns|cnn14', null, 1),
        ('songdescriber', 'cl', 'CL', 'laion|clap-htsat-fused', null, 1),
        ('songdescriber', 'aes', 'AES', 'audiobox', null, 1),
        ('mmau', 'accuracy', 'Mean', '^mmau@110127f', null, 100),
        ('mmar', 'accuracy', 'Mean', '^mmar@', 1000, 100),
        ('mmlu', 'accuracy', 'MMLU', '^mmlu-letter', 14042, 100),
        ('gsm8k', 'accuracy', 'GSM8K', '^gsm8k-strict@', 1319, 100),
        ('humaneval', 'accuracy', 'HumanEval', '^humaneval@[0-9a-f]+/first-block$', 164, 100)
) as protocol (dataset, name, metric, scorer, items, scale);
