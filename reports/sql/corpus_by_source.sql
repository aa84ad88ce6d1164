-- What the corpus holds. Grain: one row a source and licence.
create or replace view corpus_by_source as
select
    recordings.source,
    coalesce(recordings.licence, 'not stated') as licence,
    count(distinct recordings.recording_id) as recordings,
    count(distinct clips.recording_id) as recordings_with_clips,
    count(clips.clip_id) as clips,
    coalesce(sum(clips.duration_s), 0) / 3600 as hours,
    count(clips.clip_id) filter (where clips.split = 'train') as train_clips,
    count(clips.clip_id) filter (where clips.split = 'validation') as validation_clips,
    count(clips.clip_id) filter (where clips.split = 'test') as test_clips
from recordings
left join clips using (recording_id)
group by all
order by recordings.source, licence;
