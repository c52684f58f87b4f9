import { scoreGraph } from '../../attribution/graph-of-matrix.ts';
import { describeGraph, type GraphDescription } from '../../graph/describe.ts';
import { readGraph } from '../../graph/read-graph.ts';
import { quoted } from '../display/distribution.ts';
import { scoreText } from '../display/scores.ts';
import { defineCommand } from '../frame/command.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { flag, under } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { clipped, padded } from '../frame/text.ts';

export const graph = defineCommand({
  name: 'graph',
  description:
    'Reads any attribution graph in the interchange JSON, whoever made it, computes its scores from its links, and lists what an attribution graph cannot have and what had to be mended while reading.',
  positionals: [{ name: 'FILE', description: 'a *.graph.json file' }],
  options: under('Checks', {
    strict: flag(`end with exit code ${EXIT.no} if anything is wrong with the graph`),
  }),
  examples: [
    ['graph dallas.graph.json', 'what the file holds, and whether it is sound'],
    ['graph dallas.graph.json --json', 'the same for programs'],
  ],
  async run({ values, positionals: [file], output, task }) {
    const read = await readGraph(file, task);
    const description = describeGraph(read, scoreGraph(read.graph));
    output.printJson(description);
    output.print(...descriptionLines(file, description, output));
    return values.strict && faults(description).length > 0 ? EXIT.no : EXIT.ok;
  },
});

function descriptionLines(file: string, found: GraphDescription, { style, width }: Output): string[] {
  const row = (name: string, text: string): string => `  ${padded(name, 14)}${clipped(text, width - 16)}`;
  const types = Object.entries(found.types).map(([kind, count]) => `${count} ${kind}`);
  const wrong = faults(found);
  return [
    `${style.bold(file)}: ${found.format}`,
    row('Prompt', `${quoted(found.prompt)} (${found.tokens} tokens)`),
    row('Made with', [found.scan, found.slug].filter(text => text !== '').join(', ')),
    row('Nodes', `${found.nodes}: ${types.join(', ')}`),
    row('Links', String(found.links)),
    row('Of a person', `${found.pinned} pinned, ${found.supernodes} supernodes, ${found.labelled} labelled`),
    row('Replacement', `${scoreText(found.replacement_score)}, of the links in this file`),
    row(
      'Completeness',
      `${scoreText(found.completeness_score)}; ${scoreText(found.strict_completeness_score)} over nodes with inputs`,
    ),
    ...(wrong.length === 0
      ? [row('Checks', style.green('nothing is wrong'))]
      : ['  Checks', ...wrong.map(text => `    ${style.yellow(clipped(text, width - 4))}`)]),
  ];
}

/** What is wrong with a graph, in words. */
function faults({ checks, problems }: GraphDescription): string[] {
  const counted: [number, string][] = [
    [checks.nodes_in_cycles, 'nodes lie in a cycle'],
    [checks.links_not_upwards, 'links do not lead upwards'],
    [checks.links_backwards, 'links lead to an earlier position'],
    [checks.missing_embeddings, 'positions have no embedding'],
    [checks.unlinked_nodes, 'nodes have no link'],
  ];
  return [
    ...counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...problems.map(({ count, message, examples }) => `${count} ${message}: ${examples.join(', ')}`),
  ];
}
