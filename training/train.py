"""Trains the next-event model and exports it to ONNX.

    python3 -m venv .venv && .venv/bin/pip install -r training/requirements.txt
    .venv/bin/python training/train.py --out training/next-event.onnx DATASET.jsonl …

A dataset is what `lockstep dataset` writes (docs/next-event.md says what is in it). An example has the
features of the scheduler's state and of each event that the state allows. The model adds up embeddings of the
candidate's features and of the state's, and a small network makes a score of them; softmax over the candidates gives
the probability of each, so that what the state does not allow has none.

The objective is the Kullback-Leibler divergence from the empirical distribution of the events that followed equal
prefixes (Weave, arXiv 2606.17508); `--loss ce` is the ablation: cross-entropy to the event of the one run.
Runs give the same model on the same machine: seeds are fixed.
"""

import argparse
import collections
import json
import time
import zlib

import jax
import jax.numpy as jnp
import numpy as np
import optax

EVENTS = ["GoCreate", "GoStart", "GoBlock", "GoUnblock", "GoSched", "GoEnd"]
ROWS = 1 << 14  # FEATURE_ROWS in core/model/scheduling/features.ts
CANDIDATES = 24
CANDIDATE_FEATURES = 72
STATE_FEATURES = 12
SEED = 1
ALONE = 0.2  # weight of examples that are asked from the code alone


def read(paths, wanted=lambda example: True):
    """Reads the examples of dataset files: a list of dicts, as in docs/next-event.md."""
    examples = []
    for path in paths:
        with open(path, encoding="utf8") as lines:
            examples += [example for example in map(json.loads, lines) if wanted(example)]
    return examples


def project(example):
    """What is split by: programs of one package share code. A corrected twin goes where its program goes."""
    return example["package"] + " " + example["test"].replace("Fixed", "")


def held_out(example, percent=12):
    """Whether the example is for choosing the temperature, and not for training; the same in each run."""
    return zlib.crc32(project(example).encode()) % 100 < percent


class Arrays:
    """Examples as arrays. N examples, C candidates, F features of each, S of the state; feature 0 pads."""

    def __init__(self, examples, most_alike=0):
        # N × 6, N: what followed the prefix, and how much an example counts.
        happened = [EVENTS.index(example["event"]) for example in examples]
        target, weight = targets(examples, happened), weights_of(examples)
        kept, share = alike(examples, most_alike)
        examples = [examples[at] for at in kept]
        count = len(examples)
        self.examples = examples
        self.state = np.zeros((count, STATE_FEATURES), np.int32)
        self.candidates = np.zeros((count, CANDIDATES, CANDIDATE_FEATURES), np.int16)
        self.events = np.full((count, CANDIDATES), -1, np.int8)
        self.truth = np.zeros(count, np.int32)
        self.happened = np.array(happened, np.int32)[kept]
        self.target = target[kept]
        self.weight = weight[kept] * share
        for at, example in enumerate(examples):
            self.state[at, : len(example["state"])] = example["state"][:STATE_FEATURES]
            candidates, truth = example["candidates"], example["truth"]
            if truth >= CANDIDATES:
                candidates, truth = [candidates[truth], *candidates], 0
            self.truth[at] = truth
            for index, (event, *features) in enumerate(candidates[:CANDIDATES]):
                self.events[at, index] = EVENTS.index(event)
                self.candidates[at, index, : len(features)] = features[:CANDIDATE_FEATURES]

    def __len__(self):
        return len(self.examples)


def targets(examples, happened):
    """N × 6: how often each event followed the example's prefix, over the runs of the test."""
    followed = collections.defaultdict(lambda: np.zeros(len(EVENTS), np.float32))
    keys = [prefix(example) for example in examples]
    for key, event in zip(keys, happened):
        followed[key][event] += 1
    return np.stack([followed[key] / followed[key].sum() for key in keys])


def prefix(example):
    return example["package"], example["test"], example["prefix"]


def alike(examples, most):
    """Which examples are kept, at most so many (0: all) of a prefix, and how many each stands for."""
    groups = collections.defaultdict(list)
    for at, example in enumerate(examples):
        groups[prefix(example)].append(at)
    kept, share = [], []
    for group in groups.values():
        some = group if most == 0 else [group[i] for i in np.linspace(0, len(group) - 1, min(most, len(group))).astype(int)]
        kept += some
        share += [len(group) / len(some)] * len(some)
    return np.array(kept), np.array(share, np.float32)


def weights_of(examples):
    """Long traces are not all there is: the root of a test's examples counts."""
    sizes = collections.Counter((example["package"], example["test"]) for example in examples)
    found = np.array([1 / np.sqrt(sizes[example["package"], example["test"]]) for example in examples])
    found *= np.array([ALONE if example.get("alone") else 1 for example in examples])
    return (found / found.mean()).astype(np.float32)


def initial(key, width, hidden):
    keys = jax.random.split(key, 5)
    scale = lambda fan_in: 1 / np.sqrt(fan_in)
    return {
        "candidate": jax.random.normal(keys[0], (ROWS, width)) * 0.05,
        "state": jax.random.normal(keys[1], (ROWS, width)) * 0.05,
        "alone": jnp.zeros((ROWS,)),
        "w1": jax.random.normal(keys[2], (3 * width, hidden)) * scale(3 * width),
        "b1": jnp.zeros((hidden,)),
        "w2": jax.random.normal(keys[3], (hidden, hidden)) * scale(hidden),
        "b2": jnp.zeros((hidden,)),
        "w3": jax.random.normal(keys[4], (hidden, 1)) * 0.1,
    }


def scores(model, state, candidates, events, kept=None):
    """N × C scores; what is no candidate has one that softmax makes 0. `kept`: the features that dropout leaves."""
    present = (candidates > 0).astype(jnp.float32)
    if kept is not None:
        present = present * kept
    candidate = jnp.einsum("ncfw,ncf->ncw", model["candidate"][candidates], present)
    alone = jnp.einsum("ncf,ncf->nc", model["alone"][candidates], present)
    around = jnp.einsum("nsw,ns->nw", model["state"][state], (state > 0).astype(jnp.float32))
    around = jnp.broadcast_to(around[:, None, :], candidate.shape)
    hidden = jnp.concatenate([candidate, around, candidate * around], -1)
    hidden = jax.nn.relu(hidden @ model["w1"] + model["b1"])
    hidden = jax.nn.relu(hidden @ model["w2"] + model["b2"])
    return jnp.where(events >= 0, (hidden @ model["w3"])[..., 0] + alone, -1e9)


def by_event(probabilities, events):
    """N × 6 from N × C."""
    return jnp.einsum("nc,nce->ne", probabilities, jax.nn.one_hot(events, len(EVENTS)))


def train(data, options, seed=SEED, report=None):
    model = initial(jax.random.PRNGKey(seed), options.width, options.hidden)
    possible = np.where(np.array([example["truth"] for example in data.examples]) >= 0)[0]
    steps = options.epochs * (len(possible) // options.batch)
    optimizer = optax.adamw(optax.cosine_decay_schedule(options.rate, steps), weight_decay=options.decay)
    progress = optimizer.init(model)

    def loss(model, state, candidates, events, target, truth, weight, key):
        kept = jax.random.bernoulli(key, 1 - options.dropout, candidates.shape) / (1 - options.dropout)
        chances = jax.nn.softmax(scores(model, state, candidates, events, kept), -1)
        told = by_event(chances, events) * (1 - options.smoothing) + options.smoothing / len(EVENTS)
        chosen = jnp.log(jnp.take_along_axis(chances, truth[:, None], 1)[:, 0] + 1e-9)
        if options.loss == "ce":
            return -jnp.mean(weight * chosen)
        divergence = jnp.sum(target * (jnp.log(target + 1e-9) - jnp.log(told + 1e-9)), -1)
        # Which goroutine it is counts a little; whoever is asked wants to know the event first.
        return jnp.mean(weight * (divergence - options.goroutine * chosen))

    @jax.jit
    def step(model, progress, *batch):
        value, gradient = jax.value_and_grad(loss)(model, *batch)
        change, progress = optimizer.update(gradient, progress, model)
        return optax.apply_updates(model, change), progress, value

    order = np.random.default_rng(seed)
    key = jax.random.PRNGKey(seed + 1)
    began = time.time()
    for epoch in range(options.epochs):
        order.shuffle(possible)
        total = 0.0
        batches = range(0, len(possible) - options.batch + 1, options.batch)
        for at in batches:
            rows = possible[at : at + options.batch]
            key, used = jax.random.split(key)
            batch = (data.state, data.candidates, data.events, data.target, data.truth, data.weight)
            parts = [part[rows].astype(np.int32) if part.dtype == np.int16 else part[rows] for part in batch]
            model, progress, value = step(model, progress, *parts, used)
            total += float(value)
        print(f"epoch {epoch + 1}: loss {total / max(len(batches), 1):.4f}, {time.time() - began:.0f} s", flush=True)
        if report:
            report(model)
    return model


_scores = jax.jit(scores)


def score(model, data):
    """N × C scores."""
    found = []
    for at in range(0, len(data), 1024):
        rows = slice(at, at + 1024)
        candidates = data.candidates[rows].astype(np.int32)
        found.append(np.asarray(_scores(model, data.state[rows], candidates, data.events[rows])))
    return np.concatenate(found)


def predict(scored, data, temperature=1.0):
    """N × 6 probabilities, from N × C scores."""
    powers = np.exp((scored - scored.max(1, keepdims=True)) / temperature)
    chances = powers / powers.sum(1, keepdims=True)
    return np.stack([(chances * (data.events == event)).sum(1) for event in range(len(EVENTS))], 1)


def together(models, data, temperature=1.0):
    """N × 6 probabilities: the mean of the models'."""
    return np.mean([predict(score(model, data), data, temperature) for model in models], 0)


def measures(chances, happened):
    """Accuracy, expected calibration error (15 bins), negative log likelihood."""
    told = chances.argmax(1)
    sure = chances.max(1)
    right = told == happened
    bins = np.minimum((sure * 15).astype(int), 14)
    error = sum(
        abs(right[bins == one].mean() - sure[bins == one].mean()) * (bins == one).mean() for one in np.unique(bins)
    )
    likelihood = -np.log(np.maximum(chances[np.arange(len(happened)), happened], 1e-6)).mean()
    each = {EVENTS[one]: round(float(right[happened == one].mean()), 3) for one in np.unique(happened)}
    return f"accuracy {right.mean():.4f} ece {error:.4f} nll {likelihood:.4f} n {len(happened)} {each}"


def calibrate(answers):
    """
    The temperature that makes what happened likeliest (Guo et al., ICML 2017), each module counting as much as another:
    the next program will be of one more. `answers`: (scores, data) pairs.
    """
    sizes = collections.Counter(example["module"] for _, data in answers for example in data.examples)
    weights = [np.array([1 / sizes[example["module"]] for example in data.examples]) for _, data in answers]

    def cost(temperature):
        total = 0.0
        for (scored, data), weight in zip(answers, weights):
            chances = predict(scored, data, temperature)
            told = -np.log(np.maximum(chances[np.arange(len(data)), data.happened], 1e-6))
            total += (told * weight).sum()
        return total

    return float(min(np.arange(0.6, 3.01, 0.05), key=cost))


def other_modules(examples, options):
    """What models say of modules that they were not trained with: (scores, data) pairs, one for each fold."""
    answers = []
    for fold in range(options.folds):
        inside = lambda example: zlib.crc32(example["module"].encode()) % options.folds == fold
        asked = [example for example in examples if inside(example) and not example.get("alone")]
        if not asked or all(map(inside, examples)):
            continue
        print(f"fold {fold + 1}: {', '.join(sorted({example['module'] for example in asked}))}", flush=True)
        model = train(Arrays([example for example in examples if not inside(example)], options.most_alike), options)
        data = Arrays(asked, options.most_alike)
        answers.append((score(model, data), data))
        print("  other modules:", measures(predict(answers[-1][0], data), data.happened), flush=True)
    return answers


def export(models, temperature, path):
    """
    ONNX: state [1, S] and candidates [C, F], int32, give scores [C], the logarithms of the candidates' probabilities: the
    mean of the models', which are surer each than they are right where they differ (Lakshminarayanan et al., NIPS 2017).
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node
    initializers = [
        numpy_helper.from_array(np.array([1], np.int64), "axis_1"),
        numpy_helper.from_array(np.array([-1], np.int64), "axis_last"),
    ]
    nodes = []
    for number, model in enumerate(models):
        at = lambda name: f"{name}_{number}"
        half = lambda name: np.asarray(model[name]).astype(np.float16)
        tables = {"candidate": half("candidate"), "state": half("state"), "alone": half("alone")[:, None]}
        for table in tables.values():
            table[0] = 0  # padding
        full = {name: np.asarray(model[name], np.float32) for name in ("w1", "b1", "w2", "b2", "w3")}
        full["w3"] = full["w3"] / temperature
        full["scale"] = np.array(1 / temperature, np.float32)
        initializers += [numpy_helper.from_array(value, at(name)) for name, value in {**tables, **full}.items()]
        for table, rows in (("candidate", "candidates"), ("alone", "candidates"), ("state", "state")):
            nodes += [
                node("Gather", [at(table), rows], [at(f"{table}_rows")]),
                node("Cast", [at(f"{table}_rows")], [at(f"{table}_full")], to=TensorProto.FLOAT),
                node("ReduceSum", [at(f"{table}_full"), "axis_1"], [at(f"{table}_sum")], keepdims=0),
            ]
        nodes += [
            node("Shape", [at("candidate_sum")], [at("shape")]),
            node("Expand", [at("state_sum"), at("shape")], [at("around")]),
            node("Mul", [at("candidate_sum"), at("around")], [at("both")]),
            node("Concat", [at("candidate_sum"), at("around"), at("both")], [at("joined")], axis=1),
            node("Gemm", [at("joined"), at("w1"), at("b1")], [at("layer_1")]),
            node("Relu", [at("layer_1")], [at("active_1")]),
            node("Gemm", [at("active_1"), at("w2"), at("b2")], [at("layer_2")]),
            node("Relu", [at("layer_2")], [at("active_2")]),
            node("MatMul", [at("active_2"), at("w3")], [at("layer_3")]),
            node("Mul", [at("alone_sum"), at("scale")], [at("alone_scaled")]),
            node("Add", [at("layer_3"), at("alone_scaled")], [at("column")]),
            node("Squeeze", [at("column"), "axis_last"], [at("score")]),
            node("Softmax", [at("score")], [at("chance")], axis=0),
        ]
    nodes += [
        node("Mean", [f"chance_{number}" for number in range(len(models))], ["chance"]),
        node("Log", ["chance"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "next-event",
        [
            helper.make_tensor_value_info("state", TensorProto.INT32, [1, "S"]),
            helper.make_tensor_value_info("candidates", TensorProto.INT32, ["C", "F"]),
        ],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["C"])],
        initializers,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(made)
    onnx.save(made, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--out", help="the ONNX file; none: only measure")
    parser.add_argument("--test", nargs="*", default=[], help="datasets to measure on, unseen in training")
    parser.add_argument("--loss", choices=["kl", "ce"], default="kl")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=1e-4)
    parser.add_argument("--dropout", type=float, default=0.4)
    parser.add_argument("--smoothing", type=float, default=0.0)
    parser.add_argument("--goroutine", type=float, default=0.2)
    parser.add_argument("--folds", type=int, default=4, help="of modules, for the temperature; 0: programs held out")
    parser.add_argument("--members", type=int, default=3, help="models whose mean it is")
    parser.add_argument("--temperature", type=float, help="known already: nothing is calibrated")
    parser.add_argument("--most-alike", type=int, default=2, help="examples of one prefix that are trained with")
    options = parser.parse_args()
    examples = read(options.datasets)
    training = Arrays([example for example in examples if not held_out(example)], options.most_alike)
    validation = Arrays([example for example in examples if held_out(example) and not example.get("alone")])
    tests = {path: Arrays(read([path], lambda example: example["asked"])) for path in options.test}
    print(f"{len(training)} examples to train with, {len(validation)} held out")

    def report(model):
        print("  held out:", measures(together([model], validation), validation.happened))
        for path, data in tests.items():
            print(f"  {path}:", measures(together([model], data), data.happened), flush=True)

    models = [train(training, options, seed, report) for seed in range(SEED, SEED + options.members)]
    temperature = options.temperature
    if not temperature:
        temperature = calibrate(other_modules(examples, options) or [(score(models[0], validation), validation)])
    print(f"temperature {temperature:.2f}")
    for path, data in {"held out": validation, **tests}.items():
        print(f"{path}:", measures(together(models, data, temperature), data.happened))
    if options.out:
        export(models, temperature, options.out)
        print(f"written: {options.out}")


if __name__ == "__main__":
    main()
