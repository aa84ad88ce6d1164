"""Hand-made items, answers and scored items."""

from evaluation.benchmarks.scoring import ScoredItem
from schemas.benchmarks import Answer, Dataset, Item
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES


def dataset(name="mmau", split="test", digest="d" * 64, items=4):
    return Dataset(dataset_id=f"{name}-{split}", name=name, split=split, digest=digest, items=items)


def item(source_id, choices=("cat", "dog"), answer="cat", own=None, **columns):
    own = own or dataset()
    return Item(
        item_id=content_id("item", own.dataset_id, source_id),
        dataset_id=own.dataset_id,
        source_id=source_id,
        question=columns.pop("question", f"What is {source_id}?"),
        choices=list(choices),
        answer=answer,
        **columns,
    )


def answer(own, text, model="m", sample=0, **columns):
    return Answer(
        answer_id=f"{model}-{own.item_id}-{sample}",
        item_id=own.item_id,
        model=model,
        prompt_digest=columns.pop("prompt_digest", None),
        sample=sample,
        text=text,
        **columns,
    )


def scored(source_id, *values, usable=None, **columns):
    return ScoredItem(
        item=item(source_id, **columns),
        values=values,
        usable=len(values) if usable is None else usable,
    )


def lake_with(root, datasets, items):
    lake = Lake.create(root)
    lake.put("datasets", "test.d", TABLES["datasets"].from_rows(datasets), step="test")
    lake.put("items", "test.i", TABLES["items"].from_rows(items), step="test")
    return lake
