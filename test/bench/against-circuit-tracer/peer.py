#!/usr/bin/env python3
"""circuit-tracer on the CPU, timed: a Llama or GPT-2 checkpoint with random transcoders, which are written for others.

    python3 -m venv .ct && .ct/bin/pip install torch==2.13.0
    .ct/bin/pip install "circuit-tracer==0.5.0" "transformer-lens>=2.16,<3" "transformers>=4.56,<=4.57.3" "numpy<2.3"
    .ct/bin/pip install "pyarrow<21"          # pip's complaint about datasets is harmless

Started by run.ts. Writes the transcoders in circuit-tracer's layout to DUMP, with tokens.json and, at the end, the features
that were kept (kept.json: layer, position, index); the last line on stdout is
one JSON object: tokens, active, kept, seconds, peak_bytes (resident), adjacency_sum (of absolute direct effects). With
--gpt2 a random checkpoint of GPT-2 small's shape is written to MODEL first. A cross-layer transcoder (--kind clt) is
written only: in circuit-tracer it would need its decoders in memory.
"""
import argparse
import json
import os
import resource
import time
import types
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from circuit_tracer.attribution.attribute import attribute
from circuit_tracer.replacement_model.replacement_model_transformerlens import TransformerLensReplacementModel
from circuit_tracer.transcoder import SingleLayerTranscoder, TranscoderSet
from circuit_tracer.transcoder.activation_functions import JumpReLU
from safetensors.torch import save_file
from transformer_lens import HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights, convert_llama_weights
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("dump", type=Path)
    parser.add_argument("--width", type=int, default=16384)
    parser.add_argument("--active", type=int, default=100, help="features a layer and position, on average")
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--features", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kind", choices=["plt", "clt"], default="plt")
    parser.add_argument("--gpt2", action="store_true")
    parser.add_argument("--only-write", action="store_true")
    return parser.parse_args()


def mlp_inputs(model, tokens):
    """What each layer's MLP reads, [tokens, width] a layer."""
    inputs = {}
    blocks = model.transformer.h if model.config.model_type == "gpt2" else model.model.layers
    hooks = [
        block.mlp.register_forward_pre_hook(lambda _, x, i=i: inputs.__setitem__(i, x[0].detach()[0])) for i, block in enumerate(blocks)
    ]
    with torch.no_grad():
        model(tokens[None])
    for hook in hooks:
        hook.remove()
    return inputs


def threshold(x, w_enc, active):
    """What lets `active` features through on average, position 0 apart."""
    pre = x[1:] @ w_enc.T
    rank = int(pre.numel() * (1 - active / w_enc.shape[0]))
    return float(pre.flatten().kthvalue(rank).values)


def transcoders(model, tokens, width, active, generator):
    """Random encoders and decoders, with a threshold for each layer that lets `active` through on the prompt."""
    layers, d = model.config.num_hidden_layers, model.config.hidden_size
    inputs = mlp_inputs(model, tokens)
    made = {}
    for i in range(layers):
        t = SingleLayerTranscoder(d, width, JumpReLU(torch.zeros(width), 0.1), i, device=torch.device("cpu"), dtype=torch.float32)
        with torch.no_grad():
            t.W_enc.copy_(torch.randn(width, d, generator=generator) / d**0.5)
            t.W_dec.copy_(torch.randn(width, d, generator=generator) / d**0.5 * 0.05)
            t.b_enc.zero_()
            t.b_dec.zero_()
            t.activation_function.threshold.fill_(threshold(inputs[i], t.W_enc, active))
        made[i] = t
    return TranscoderSet(made, "mlp.hook_in", "mlp.hook_out")


def write_cross_layer(folder, model, tokens, width, active, generator):
    layers, d = model.config.num_hidden_layers, model.config.hidden_size
    inputs = mlp_inputs(model, tokens)
    for i in range(layers):
        w_enc = torch.randn(width, d, generator=generator) / d**0.5
        zeros = {f"b_enc_{i}": torch.zeros(width), f"b_dec_{i}": torch.zeros(d)}
        thresholds = torch.full((width,), threshold(inputs[i], w_enc, active))
        save_file({f"W_enc_{i}": w_enc, **zeros, f"threshold_{i}": thresholds}, str(folder / f"W_enc_{i}.safetensors"))
        w_dec = torch.randn(width, layers - i, d, generator=generator) / d**0.5 * 0.01
        save_file({f"W_dec_{i}": w_dec}, str(folder / f"W_dec_{i}.safetensors"))
    write_description(folder, "cross_layer_transcoder", tokens)


def write(folder, made, tokens):
    for i, t in enumerate(made):
        tensors = {"W_enc": t.W_enc, "W_dec": t.W_dec, "b_enc": t.b_enc, "b_dec": t.b_dec}
        tensors["activation_function.threshold"] = t.activation_function.threshold
        save_file({name: tensor.data for name, tensor in tensors.items()}, str(folder / f"layer_{i}.safetensors"))
    write_description(folder, "transcoder_set", tokens)


def write_description(folder, kind, tokens):
    (folder / "config.yaml").write_text(
        f"model_kind: {kind}\nfeature_input_hook: mlp.hook_in\nfeature_output_hook: mlp.hook_out\nmodel_name: random\n"
    )
    (folder / "tokens.json").write_text(json.dumps(tokens.tolist()))


def lens_config(c):
    common = dict(
        n_layers=c.num_hidden_layers, d_model=c.hidden_size, n_ctx=512, n_heads=c.num_attention_heads, d_vocab=c.vocab_size,
        d_head=c.hidden_size // c.num_attention_heads, device="cpu", dtype=torch.float32, use_attn_scale=True, init_weights=False,
    )
    if c.model_type == "gpt2":
        return HookedTransformerConfig(
            **common, model_name="gpt2", original_architecture="GPT2LMHeadModel", d_mlp=4 * c.hidden_size,
            act_fn=c.activation_function, eps=c.layer_norm_epsilon, normalization_type="LN",
        )
    return HookedTransformerConfig(
        **common, model_name="Llama", original_architecture="LlamaForCausalLM", d_mlp=c.intermediate_size, act_fn="silu",
        eps=c.rms_norm_eps, normalization_type="RMS", positional_embedding_type="rotary", rotary_base=int(c.rope_theta),
        rotary_dim=c.head_dim, n_key_value_heads=c.num_key_value_heads, gated_mlp=True, final_rms=True,
    )


def replacement_model(hf, made):
    c = hf.config
    cfg = lens_config(c)
    cfg.load_in_4bit = False
    convert = convert_gpt2_weights if c.model_type == "gpt2" else convert_llama_weights
    weights = convert(hf, cfg).items()
    state = {k: v.detach().clone() if isinstance(v, torch.Tensor) else v for k, v in weights}
    model = TransformerLensReplacementModel(cfg)
    model.load_and_process_state_dict(
        state, fold_ln=False, center_writing_weights=False, center_unembed=False, fold_value_biases=True, refactor_factored_attn_matrices=False
    )
    model._configure_replacement_model(made)
    model.tokenizer = types.SimpleNamespace(
        vocab_size=c.vocab_size, all_special_ids=[c.bos_token_id], bos_token_id=c.bos_token_id, pad_token_id=None, eos_token_id=None,
        decode=lambda i, **_: str(i), all_special_tokens=["<s>"], padding_side="right", bos_token="<s>", name_or_path="",
    )
    return model.eval()


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    if a.gpt2:
        torch.manual_seed(0)
        GPT2LMHeadModel(GPT2Config()).save_pretrained(a.model)
    hf = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(0)
    prompt = torch.randint(100, min(40000, hf.config.vocab_size), (a.tokens - 1,), generator=generator)
    tokens = torch.cat([torch.tensor([hf.config.bos_token_id]), prompt])
    a.dump.mkdir(parents=True, exist_ok=True)
    for stale in a.dump.iterdir():  # of another model: more layers, or another kind of dictionary
        stale.unlink()
    if a.kind == "clt":
        write_cross_layer(a.dump, hf, tokens, a.width, a.active, generator)
        return
    made = transcoders(hf, tokens, a.width, a.active, generator)
    write(a.dump, made, tokens)
    if a.only_write:
        return
    with torch.no_grad():
        reference = hf(tokens[None]).logits[0]
    model = replacement_model(hf, made)
    del hf
    with torch.no_grad():
        difference = float((model(tokens)[0] - reference).abs().max())
    start = time.time()
    graph = attribute(
        tokens, model, max_n_logits=10, desired_logit_prob=0.95, batch_size=a.batch, max_feature_nodes=a.features
    )
    seconds = time.time() - start
    kept = graph.active_features[graph.selected_features]
    (a.dump / "kept.json").write_text(json.dumps(kept.tolist()))
    print(json.dumps({
        "tokens": a.tokens,
        "active": graph.active_features.shape[0],
        "kept": graph.selected_features.shape[0],
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "logit_difference": difference,
        "adjacency_sum": float(graph.adjacency_matrix.abs().sum()),
    }))


main()
