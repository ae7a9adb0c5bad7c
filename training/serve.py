"""Serves a language model, with or without an adapter of finetune.py, to `lockstep evaluate --endpoint`, on this machine.

    .venv/bin/python training/serve.py BASE [--adapter adapter] [--bf16] [--port 8080]

It answers completions of one token with their log probabilities, in the form of OpenAI's older endpoint, and nothing
else: for measuring what was trained. Whoever uses a model from day to day serves it with llama.cpp or vLLM.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import torch
from finetune import read_base
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


@torch.no_grad()
def next_tokens(model, tokenizer, prompt, count, length):
    """The likeliest tokens after a prompt, with their log probabilities. The beginning of longer prompts is cut off."""
    tokenizer.truncation_side = "left"
    inputs = tokenizer(prompt, return_tensors="pt", truncation=True, max_length=length)
    scores = model(input_ids=inputs["input_ids"], logits_to_keep=1).logits[0, -1].float()
    chances, tokens = torch.log_softmax(scores, -1).topk(min(count, scores.shape[0]))
    return {tokenizer.decode([token]): chance for token, chance in zip(tokens.tolist(), chances.tolist())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("base", help="as of finetune.py")
    parser.add_argument("--adapter", help="the folder that finetune.py has written")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--length", type=int, default=3072)
    parser.add_argument("--port", type=int, default=8080)
    options = parser.parse_args()
    source, settings = read_base(options.base)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(
        **source, **settings, dtype=torch.bfloat16 if options.bf16 else torch.float32
    )
    if options.adapter:
        model = PeftModel.from_pretrained(model, options.adapter).merge_and_unload()
    model.eval()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer({"data": [{"id": options.adapter or options.base}]} if self.path == "/v1/models" else None)

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path != "/v1/completions":
                return self.answer(None)
            top = next_tokens(model, tokenizer, asked["prompt"], asked.get("logprobs") or 1, options.length)
            self.answer({"choices": [{"text": next(iter(top)), "logprobs": {"top_logprobs": [top]}}]})

        def answer(self, value):
            self.send_response(404 if value is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_):
            pass

    print(f"http://localhost:{options.port}/v1", flush=True)
    HTTPServer(("127.0.0.1", options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
