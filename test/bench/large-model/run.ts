/**
 * Traces with files that `make.ts` wrote, in a process apart: seconds, private memory and page-ins of each stage.
 *
 *   npx tsx test/bench/large-model/run.ts DIR plt --tokens 16 --features 2000 --repeats 2 --cold
 *
 * --cold: the files are dropped from the page cache before (with dd), so that everything comes from the disk.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../statistics.ts';
import { traceApart } from '../trace-apart.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokens: { type: 'string', default: '16' },
    features: { type: 'string', default: '2000' },
    repeats: { type: 'string', default: '2' },
    cold: { type: 'boolean', default: false },
  },
});
const [target, kind] = positionals;
const [model, dictionary] = [join(target, 'model'), join(target, kind)];
if (values.cold) for (const folder of [model, dictionary]) dropFromCache(folder);
const request = { nTokens: Number(values.tokens), maxFeatureNodes: Number(values.features) };
const { traces, stages, peak } = await traceApart({ model, dictionary, ...request, repeats: Number(values.repeats) });

const headings = [
  'stage',
  'seconds',
  'processor',
  'private MB at its end',
  'of it arrays',
  'peak',
  'mapped MB',
  'major faults',
  'MB read',
];
console.log(
  formatTable(
    headings,
    stages.map(stage => [
      stage.stage,
      stage.seconds.toFixed(2),
      stage.processorSeconds.toFixed(2),
      ...[stage.privateEnd, stage.arraysEnd, stage.privatePeak, stage.mappedPeak].map(megabytes),
      String(stage.majorFaults),
      megabytes(stage.readBytes),
    ]),
  ),
);
for (const trace of traces) {
  const { active, features, nodes, edges, seconds, sourceSeconds, readSeconds, transportSeconds } = trace;
  const inside = [sourceSeconds, readSeconds, transportSeconds].map(value => value.toFixed(1));
  console.log(
    `${trace.nTokens} tokens, ${active} active features, ${features} kept, ${nodes} nodes, ${edges} effects: ${seconds.toFixed(1)} s;`,
    `of it sources ${inside[0]} s, read-outs ${inside[1]} s, transports ${inside[2]} s`,
  );
}
console.log(`peak of private memory ${(peak / 1e9).toFixed(2)} GB`);

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function dropFromCache(folder: string): void {
  for (const name of readdirSync(folder)) {
    execFileSync('dd', [`if=${join(folder, name)}`, 'iflag=nocache', 'count=0', 'status=none']);
  }
}
