"""Fine-tunes a language model to tell the scheduler's next event: 4-bit LoRA with a KL objective on the next token.

    python3 -m venv .venv && .venv/bin/pip install -r training/requirements-finetune.txt
    lockstep dataset ./... --out data.jsonl --prompts --runs 20
    .venv/bin/python training/finetune.py data.jsonl --base Qwen/Qwen2.5-Coder-7B --out adapter

A base may also be a GGUF file of an architecture that transformers reads (llama, qwen2 …): `--base model.gguf --full`.
On a machine without a GPU `--bf16` trains in half precision, and `--seconds` ends after a while: the same command goes
on from there, also with more `--steps`.

The recipe is Weave's (arXiv 2606.17508): QLoRA (Dettmers et al., NeurIPS 2023) on a code model, with the empirical
distribution of the events that followed equal prefixes as target. A prompt ends with "Go", so that one token tells the
event; the loss is the Kullback-Leibler divergence of the whole vocabulary's distribution from the target, which also
takes probability away from tokens that say no event.

`--tiny` takes a randomly initialised model of the same architecture, with a tokenizer trained on the prompts: it shows
that the recipe runs, on any machine, and learns what can be learned from the last lines of a prompt.

Afterwards: merge the adapter (`--merge DIR`), serve it with any OpenAI-compatible server, and ask it with
`lockstep evaluate --endpoint URL`.
"""

import argparse
import collections
import json
import math
import os
import random
import signal
import time
import zlib

import torch
from peft import (
    LoraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    prepare_model_for_kbit_training,
    set_peft_model_state_dict,
)
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    GgufConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

EVENTS = ["GoCreate", "GoStart", "GoBlock", "GoUnblock", "GoSched", "GoEnd"]
COMMON = "Go"  # what prompts end with: core/model/scheduling/prompt.ts
SEED = 1


def read(paths, alone=False):
    """One example of each prefix, with a prompt and, as `target`, the share of each event after equal prefixes."""
    examples = []
    for path in paths:
        with open(path, encoding="utf8") as lines:
            examples += [example for example in map(told, lines) if alone or not example.get("alone")]
    if any("prompt" not in example for example in examples):
        raise SystemExit("The dataset has no prompts: make it with `lockstep dataset --prompts`.")
    followed = collections.defaultdict(lambda: [0] * len(EVENTS))
    for example in examples:
        followed[key(example)][EVENTS.index(example["event"])] += 1
    for example in examples:
        counts = followed[key(example)]
        example["target"] = [count / sum(counts) for count in counts]
    return list({key(example): example for example in examples}.values())


def told(line):
    """What is needed of an example: the features of the small model are many."""
    example = json.loads(line)
    return {name: example[name] for name in ("package", "test", "prefix", "event", "alone", "prompt") if name in example}


def key(example):
    return example["package"], example["test"], example["prefix"]


def held_out(example, percent=12):
    """As in train.py: an eighth of the programs, a program with its corrected twin."""
    name = example["package"] + " " + example["test"].replace("Fixed", "")
    return zlib.crc32(name.encode()) % 100 < percent


def tiny(examples):
    """Qwen2, randomly initialised, and a byte-level BPE tokenizer of the prompts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        special_tokens=["<pad>", COMMON, *[event[len(COMMON) :] for event in EVENTS]],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator((example["prompt"] for example in examples[:2000]), trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>")
    torch.manual_seed(SEED)
    config = Qwen2Config(
        vocab_size=len(wrapped),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        pad_token_id=0,
    )
    return AutoModelForCausalLM.from_config(config), wrapped


def read_base(base):
    """Where a model lies, and how it is read: as the arguments of `from_pretrained`."""
    if not base.endswith(".gguf"):
        return {"pretrained_model_name_or_path": base}, {}
    folder, name = os.path.split(base)
    return {
        "pretrained_model_name_or_path": folder or ".",
        "gguf_file": name,
    }, {"quantization_config": GgufConfig(dequantize=True)}


def load(options, examples):
    """The base model in 4 bits, where asked for, with LoRA adapters on every linear layer; and its tokenizer."""
    settings = {"dtype": torch.bfloat16} if options.bf16 else {}
    if not options.full:
        settings["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16 if torch.cuda.is_available() else torch.float32,
        )
    base = options.base
    if options.tiny:
        model, tokenizer = tiny(examples)
        base = options.out + "/base"
        model.save_pretrained(base)
        tokenizer.save_pretrained(base)
    source, more = read_base(base)
    settings.update(more)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(**source, **settings)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    if not options.full:
        model = prepare_model_for_kbit_training(model)
    linear = {name for name, part in model.named_modules() if ".layers." in name and isinstance(part, torch.nn.Linear)}
    adapters = LoraConfig(
        r=options.rank,
        lora_alpha=2 * options.rank,
        lora_dropout=0.05,
        target_modules=sorted({name.split(".")[-1] for name in linear}),
        task_type="CAUSAL_LM",
        # What lies below needs no gradient.
        layers_to_transform=list(range(model.config.num_hidden_layers))[-options.layers :],
    )
    torch.manual_seed(SEED)
    return get_peft_model(model, adapters), tokenizer


def event_tokens(tokenizer):
    """The first token of what follows "Go" in each event's name; they have to differ."""
    tokens = [tokenizer.encode(event[len(COMMON) :], add_special_tokens=False)[0] for event in EVENTS]
    if len(set(tokens)) < len(EVENTS):
        raise SystemExit("This tokenizer begins two events with the same token.")
    return tokens


def batches(examples, tokenizer, options):
    """Prompts of like length together, so that little of a batch is padding."""
    tokenizer.padding_side = "left"
    tokenizer.truncation_side = "left"
    for at in range(0, len(examples), 16 * options.batch):
        some = sorted(examples[at : at + 16 * options.batch], key=lambda example: len(example["prompt"]))
        for start in range(0, len(some), options.batch):
            part = some[start : start + options.batch]
            text = [example["prompt"] for example in part]
            yield part, tokenizer(text, return_tensors="pt", padding=True, truncation=True, max_length=options.length)


def shuffled_batches(examples, tokenizer, options, taken):
    """Without end, from the one after `taken` others."""
    each = math.ceil(len(examples) / options.batch)
    epoch, skip = divmod(taken, each)
    while True:
        order = list(examples)
        random.Random(SEED + epoch).shuffle(order)
        block = 16 * (skip // 16)
        for index, batch in enumerate(batches(order[block * options.batch :], tokenizer, options)):
            if block + index >= skip:
                yield batch
        epoch, skip = epoch + 1, 0


def logits(model, inputs):
    """Of the token after each prompt: N × vocabulary."""
    inputs = {name: value.to(model.device) for name, value in inputs.items() if name != "token_type_ids"}
    with torch.autocast(model.device.type, torch.bfloat16, enabled=model.dtype == torch.bfloat16):
        return model(**inputs, logits_to_keep=1).logits[:, -1].float()


def divergence(scores, targets, tokens):
    """Mean Kullback-Leibler divergence, in nats."""
    said = torch.log_softmax(scores, -1)[:, tokens]
    wanted = torch.tensor(targets, device=scores.device)
    return (torch.special.entr(wanted).sum(-1).neg() - (wanted * said).sum(-1)).mean()


@torch.no_grad()
def measure(model, tokenizer, examples, tokens, options):
    """Accuracy, expected calibration error (15 bins), and the divergence, over events only."""
    # Only the dropouts differ; bitsandbytes packs the weights of a model in eval mode so that it cannot be trained on.
    dropouts = [part for part in model.modules() if isinstance(part, torch.nn.Dropout)]
    for part in dropouts:
        part.eval()
    bins = [[0, 0.0, 0] for _ in range(15)]
    right, total, apart = 0, 0, 0.0
    for part, inputs in batches(examples, tokenizer, options):
        scores = logits(model, inputs)
        apart += divergence(scores, [example["target"] for example in part], tokens).item() * len(part)
        for example, chances in zip(part, torch.softmax(scores[:, tokens], -1)):
            sure, best = chances.max(-1)
            hit = EVENTS[best] == example["event"]
            one = bins[min(14, int(sure * 15))]
            one[0], one[1], one[2] = one[0] + 1, one[1] + sure.item(), one[2] + hit
            right, total = right + hit, total + 1
    for part in dropouts:
        part.train()
    error = sum(abs(hits - sure) for _, sure, hits in bins) / total
    return f"accuracy {right / total:.3f}, ECE {error:.3f}, KL {apart / total:.3f} ({total} examples)"


def keep(path, step, model, optimizer, schedule):
    """Where training can go on from."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    adapters = get_peft_model_state_dict(model)
    parts = {"adapters": adapters, "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
    torch.save({"step": step, **parts}, path)


def resume(path, model, optimizer, schedule):
    """Steps that had been taken; 0 where nothing is kept."""
    if not os.path.exists(path):
        return 0
    kept = torch.load(path)
    set_peft_model_state_dict(model, kept["adapters"])
    optimizer.load_state_dict(kept["optimizer"])
    schedule.load_state_dict(kept["schedule"])
    return kept["step"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--base", default="Qwen/Qwen2.5-Coder-7B")
    parser.add_argument("--tiny", action="store_true", help="a small random model of the same architecture")
    parser.add_argument("--full", action="store_true", help="do not quantize to 4 bits")
    parser.add_argument("--out", default="adapter", help="the folder of the adapter")
    parser.add_argument("--merge", help="a folder for the base with the adapter merged in")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--layers", type=int, default=0, help="adapters on the last so many only; 0: on all")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--length", type=int, default=3072, help="tokens; the beginning of longer prompts is cut off")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=math.inf, help="of training; the same command goes on then")
    parser.add_argument("--alone", action="store_true", help="also what is asked from the code alone, as hovers do")
    parser.add_argument("--bf16", action="store_true", help="half precision, for processors that are fast at it")
    parser.add_argument("--report", type=int, default=50, help="steps between reports")
    parser.add_argument("--most", type=int, default=400, help="held-out examples that are measured; 0: none")
    options = parser.parse_args()
    examples = read(options.datasets, options.alone)
    training = [example for example in examples if not held_out(example)]
    validation = [example for example in examples if held_out(example)]
    if not training or not validation:
        raise SystemExit("The dataset has too few programs to hold one out.")
    validation = random.Random(SEED).sample(validation, min(options.most, len(validation)))
    model, tokenizer = load(options, examples)
    model.train()
    model.print_trainable_parameters()
    tokens = event_tokens(tokenizer)
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=options.rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / 20) * 0.5 * (1 + math.cos(math.pi * step / options.steps))
    )
    kept = os.path.join(options.out, "training.pt")
    step = resume(kept, model, optimizer, schedule)
    if step == 0 and validation:
        print("before:", measure(model, tokenizer, validation, tokens, options), flush=True)
    began, recent = time.time(), []
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append("to end"))
    for part, inputs in shuffled_batches(training, tokenizer, options, step):
        if step >= options.steps or asked or time.time() - began > options.seconds:
            break
        loss = divergence(logits(model, inputs), [example["target"] for example in part], tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        step += 1
        recent = [*recent[-49:], loss.item()]
        if step % options.report == 0:
            print(f"step {step}: KL {sum(recent) / len(recent):.3f}, {time.time() - began:.0f} s", flush=True)
    model.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)
    keep(kept, step, model, optimizer, schedule)
    if step < options.steps:
        print(f"step {step} of {options.steps}: the same command goes on from here")
        return
    if validation:
        print("after:", measure(model, tokenizer, validation, tokens, options))
    print(f"written: {options.out}")
    if options.merge:
        model.float().merge_and_unload().save_pretrained(options.merge)
        tokenizer.save_pretrained(options.merge)
        print(f"merged: {options.merge}")


if __name__ == "__main__":
    main()
