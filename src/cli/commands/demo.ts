import { defineCommand } from '../frame/command.ts';
import { DEMO_PROMPT } from '../../trace/embedded-pack.ts';
import { ENGINE_OPTIONS } from '../model/model-options.ts';
import { runTrace } from '../trace/run-trace.ts';
import { traceJson } from '../trace/trace-json.ts';
import { GRAPH_OPTIONS, TRACE_OUTPUT_OPTIONS } from '../trace/trace-options.ts';
import { traceReport } from '../trace/trace-report.ts';
import { warnOfUnknownWords } from '../trace/warnings.ts';

export const demo = defineCommand({
  name: 'demo',
  description: 'What npm run trace runs: traces one prompt with the embedded model and says how to go on.',
  positionals: [{ name: 'PROMPT', description: `another prompt than "${DEMO_PROMPT}"`, optional: true }],
  options: { ...GRAPH_OPTIONS, ...TRACE_OUTPUT_OPTIONS, ...ENGINE_OPTIONS },
  examples: [
    ['demo', 'a state capital in two steps'],
    ["demo \"The opposite of 'small' is '\"", 'another prompt; also: npm run trace -- "..."'],
  ],
  async run({ values, positionals: [prompt = DEMO_PROMPT], output, task }) {
    const embedded = { model: undefined, dictionary: undefined };
    const traced = await runTrace(
      { ...values, ...embedded, basis: undefined, prompt, tokens: undefined, chat: false },
      output,
      task,
    );
    warnOfUnknownWords(undefined, traced.prompt, output);
    output.printJson(traceJson(traced));
    output.print(...traceReport(traced, values, output), '', ...nextSteps(traced.graph.nodes));
    return undefined;
  },
});

function nextSteps(
  nodes: readonly { readonly kind: string; readonly layer: number; readonly feature?: number }[],
): string[] {
  const feature = nodes.findLast(({ kind }) => kind === 'feature');
  return [
    'Go on:',
    '  npm run trace -- "another prompt"        trace that one',
    ...(feature === undefined
      ? []
      : [`  npx circuit features show ${`${feature.layer}/${feature.feature}`.padEnd(15)}what a feature stands for`]),
    '  npx circuit --help                       everything else',
  ];
}
