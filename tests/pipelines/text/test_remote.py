import json

import pytest

from pipelines.synthesis.captioning import RichCaptions
from pipelines.text.models import opened_text_model, text_model_parameters
from pipelines.text.outputs import RichCaptionForm
from pipelines.text.requests import request_of
from pipelines.text.text_model import TextModelError
from schemas.lake import Lake
from tests.faults.faulty_server import FaultyServer
from tests.pipelines.corpus_lake import caption, put, read, run

REQUEST = request_of("rich_caption", {"text": "A dog barks", "text_kind": "human"})
RICH = {
    "keywords": ["dog barks"],
    "layout": [{"event": "dog barks", "relation": "start"}],
    "description": [{"event": "dog barks", "text": "loud"}],
}


def speaking(*answers):
    """Answer in turn; the last one for good."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def spelled(server, **options):
    given = {"backoff_s": 0, "attempts": 1} | options
    return f"openai:m@{server.url}#" + "&".join(f"{k}={v}" for k, v in given.items())


def answer(server, folder):
    with opened_text_model(spelled(server), Lake.create(folder / "lake"), "s.root") as model:
        return model.answer(REQUEST, RichCaptionForm)


def test_a_server_is_told_the_form_and_its_answer_is_checked(tmp_path):
    with FaultyServer(answer=speaking(json.dumps(RICH))) as server:
        assert answer(server, tmp_path).keywords == ["dog barks"]
        body = server.requests[0][2]
    wanted = body["response_format"]["json_schema"]
    assert wanted["name"] == "RichCaptionForm"
    assert wanted["schema"] == RichCaptionForm.model_json_schema()
    assert [one["role"] for one in body["messages"]] == ["system", "user"]


def test_an_answer_that_is_not_of_the_form_is_drawn_again_with_another_seed(tmp_path):
    with FaultyServer(answer=speaking("not JSON", '{"keywords": []}', json.dumps(RICH))) as server:
        assert answer(server, tmp_path).keywords == ["dog barks"]
        assert len({body["seed"] for _, _, body in server.requests}) == 3


@pytest.mark.parametrize(
    ("script", "said", "reason", "requests"),
    [
        ((), "not JSON", "invalid_json", 3),
        ((), '{"keywords": []}', "schema", 3),
        (["500"], "", "unreachable", 1),
        (["400"], "", "refused", 1),
        (["length"], "", "cut_off", 1),
    ],
)
def test_what_stays_wrong_has_its_reason(tmp_path, script, said, reason, requests):
    with FaultyServer(script, answer=speaking(said)) as server:
        with pytest.raises(TextModelError) as caught:
            answer(server, tmp_path)
        assert caught.value.reason == reason
        assert len(server.requests) == requests


def test_a_step_writes_with_a_server_and_keeps_the_order_of_its_rows(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    names = [f"k{i:02d}" for i in range(20)]
    put(lake, "captions", [caption(f"c{name}", f"Rain {name}", name=name) for name in names])

    def named(body):
        text = json.loads(body["messages"][1]["content"])["text"]
        return json.dumps(RICH).replace("dog barks", text)

    with FaultyServer(lambda n: "400" if n == 7 else "ok", answer=named) as server:
        step = RichCaptions(model=spelled(server, concurrency=4))
        counts = run(step, lake)
        assert (counts.produced, counts.dropped) == (19, {"refused": 1})
        ids = [row["caption_id"] for row in read(lake, "rich_captions")]
        (refused,) = read(lake, "ledger")
        assert ids == [name for name in names if name != refused["row_id"]]
        assert all(row["origin"]["model"] == "openai:m" for row in read(lake, "rich_captions"))
        run(RichCaptions(model=spelled(server, round=1)), lake)
        assert len(server.requests) == 21
    assert len(read(lake, "rich_captions")) == 20


def test_where_a_server_is_and_how_it_is_asked_is_no_part_of_a_plan():
    plans = [
        text_model_parameters(f"openai:m@http://{host}/v1#concurrency={n}")
        for host, n in (("a", 1), ("b", 2))
    ]
    assert plans == [{"model": "openai:m"}] * 2
    assert text_model_parameters("openai:m@http://a/v1#round=2")["round"] == 2
    assert text_model_parameters("embedded:rules") == {"model": "embedded:rules@2"}
