"""Small models and items for the tests of answers."""

import torch
import transformers

from schemas.benchmarks import Dataset, Item
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.pipelines.captioners.tiny_captioners import TEXT, tokeniser

WORDS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def causal(folder, ends=(), template=WORDS):
    """Save a causal language model of bytes with random weights; `ends` are tokens that end it."""
    config = transformers.LlamaConfig(**TEXT | {"vocab_size": 266, "max_position_embeddings": 512})
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = transformers.LlamaForCausalLM(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() > 1:
                    parameter.mul_(8)  # tokens differ clearly in likelihood
    model.generation_config.eos_token_id = [2, *ends]
    model.generation_config.pad_token_id = 0
    model.save_pretrained(folder)
    words = tokeniser()
    words.chat_template = template
    words.save_pretrained(folder)
    return folder


def spoken_letters(folder):
    """A causal model whose tokeniser has " A" to " D" as tokens."""
    causal(folder)
    words = transformers.AutoTokenizer.from_pretrained(folder)
    words.add_tokens([f" {letter}" for letter in "ABCD"])
    words.save_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model.resize_token_embeddings(len(words), mean_resizing=False)
    model.save_pretrained(folder)
    return folder


def item(number, dataset="d1", **values):
    given = {
        "question": f"What is {number} + {number}{'?' * (number % 3)}",
        "choices": [],
        "answer": f"#### {2 * number}",
    }
    return Item(
        item_id=content_id("item", dataset, str(number)),
        dataset_id=dataset,
        source_id=str(number),
        **given | values,
    )


def add_items(lake, items, *, name="gsm8k", split="test"):
    """Commit a data set as `ualm evaluate add` does: one shard of items."""
    dataset = items[0].dataset_id
    row = Dataset(dataset_id=dataset, name=name, split=split, digest=dataset, items=len(items))
    lake.put("datasets", f"add.{dataset}", TABLES["datasets"].from_rows([row]), "add")
    lake.put("items", f"add.{dataset}", TABLES["items"].from_rows(list(items)), "add")


def lake_with_items(folder, items, **values):
    lake = Lake.create(folder)
    add_items(lake, items, **values)
    return lake
