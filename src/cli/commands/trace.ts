import { defineCommand } from '../frame/command.ts';
import { BASIS_OPTIONS, DICTIONARY_OPTIONS, ENGINE_OPTIONS, MODEL_OPTIONS } from '../model/model-options.ts';
import { PROMPT_OPTIONS } from '../prompt/prompt-options.ts';
import { runTrace } from '../trace/run-trace.ts';
import { traceJson } from '../trace/trace-json.ts';
import { GRAPH_OPTIONS, TRACE_OUTPUT_OPTIONS } from '../trace/trace-options.ts';
import { traceReport } from '../trace/trace-report.ts';
import { warnOfUnknownWords } from '../trace/warnings.ts';

export const trace = defineCommand({
  name: 'trace',
  description:
    "Computes the attribution graph of the next token: which features of the dictionary it goes back to, through which others, down to the prompt's tokens and to what the dictionary misses. Writes the pruned graph in the JSON that Neuronpedia and circuit-tracer read, and prints its strongest paths.\n\nA model given without a dictionary is traced in the basis of its own MLP neurons: all of them are nodes in the place of features, so nothing is missed, and scores say how much the chosen ones hold. What a neuron reads is linearised (RelP), which predicts no intervention exactly.\n\nThe adjacency file holds the unpruned graph: adjacency_matrix [N, N] (rows = targets, columns = sources; features, errors, tokens, logits), active_features [n, 3] (layer, position, index), activation_values, logit_tokens, logit_probabilities, input_tokens, node_influence.",
  options: {
    ...PROMPT_OPTIONS,
    ...GRAPH_OPTIONS,
    ...TRACE_OUTPUT_OPTIONS,
    ...MODEL_OPTIONS,
    ...DICTIONARY_OPTIONS,
    ...BASIS_OPTIONS,
    ...ENGINE_OPTIONS,
  },
  examples: [
    ['trace --prompt "Fact: the capital of the state containing Dallas is"', 'the embedded model on a prompt'],
    [`trace --prompt "..." --target '" Austin" - " Sacramento"'`, 'why one answer and not another'],
    ['trace --model DIR --dictionary DIR --tokens 0,5,11 --json --adjacency full.safetensors', 'for programs'],
    ['trace --model DIR --prompt "..."', 'a model without a dictionary: its neurons'],
  ],
  async run({ values, output, task }) {
    const traced = await runTrace(values, output, task);
    warnOfUnknownWords(values.model, traced.prompt, output);
    output.printJson(traceJson(traced));
    output.print(...traceReport(traced, values, output));
    return undefined;
  },
});
