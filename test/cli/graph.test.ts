import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { circuit, circuitJson } from '../support/cli.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/graphs');

interface Description {
  format: string;
  nodes: number;
  links: number;
  pinned: number;
  supernodes: number;
  labelled: number;
  types: Record<string, number>;
  duplicate_node_ids: string[];
  replacement_score: number | null;
  completeness_score: number | null;
}

describe('circuit graph', () => {
  for (const name of readdirSync(FIXTURES).filter(file => file.endsWith('.json'))) {
    test(`${name}: the fields of the contract, with counts that agree`, async () => {
      const path = join(FIXTURES, name);
      const found = await circuitJson<Description>(['graph', path]);
      for (const field of ['nodes', 'links', 'pinned', 'supernodes', 'labelled'] as const) {
        assert.ok(Number.isInteger(found[field]) && found[field] >= 0, field);
      }
      assert.equal(typeof found.format, 'string');
      assert.equal(
        Object.values(found.types).reduce((a, b) => a + b, 0),
        found.nodes,
      );
      const { nodes } = JSON.parse((await readFile(path, 'utf8')).replaceAll(/\bNaN\b|-?\bInfinity\b/g, 'null')) as {
        nodes: ({ node_id?: unknown } | null)[];
      };
      const ids = nodes.map(node => node?.node_id).filter(id => typeof id === 'string');
      const twice = new Set(ids.filter((id, i) => ids.indexOf(id) !== i));
      assert.deepEqual(new Set(found.duplicate_node_ids), twice);
      for (const score of [found.replacement_score, found.completeness_score]) {
        assert.ok(score === null || (score >= 0 && score <= 1));
      }
    });
  }

  test('a reference graph: counts, kinds, and a score from its links', async () => {
    const path = join(await referenceCase('llama3-plt-jumprelu'), 'reference/graph_full.json');
    const { nodes, links } = JSON.parse(await readFile(path, 'utf8')) as {
      nodes: { feature_type: string }[];
      links: unknown[];
    };
    const found = await circuitJson<Description>(['graph', path]);
    assert.deepEqual([found.nodes, found.links], [nodes.length, links.length]);
    const count = (type: string) => nodes.filter(node => node.feature_type === type).length;
    assert.equal(found.types['feature'], count('cross layer transcoder'));
    assert.equal(found.types['error'], count('mlp reconstruction error'));
    assert.equal(found.types['token'], count('embedding'));
    assert.equal(found.types['logit'], count('logit'));
    assert.ok(found.replacement_score! > 0.5 && found.replacement_score! < 1);
  });

  test('what trace writes is sound: --strict ends with 0, and the counts are those that trace said', async t => {
    const path = await referenceCase('llama3-clt-topk');
    const out = join(await temporaryFolder(t), 'x.graph.json');
    const models = ['--model', join(path, 'model'), '--dictionary', join(path, 'transcoders'), '--tokens', '0,5,11,3'];
    const traced = await circuitJson<{ nodes: number; links: number }>(['trace', ...models, '--leaves', '--out', out]);
    const { code, stdout, stderr } = await circuit(['graph', out, '--strict', '--json']);
    assert.equal(code, 0, stderr + stdout);
    const found = JSON.parse(stdout) as Description;
    assert.deepEqual([found.nodes, found.links], [traced.nodes, traced.links]);
    assert.deepEqual(found.duplicate_node_ids, []);
    const words = await circuit(['graph', out]);
    assert.match(words.stdout, /nothing is wrong/);
    assert.equal((await circuit(['graph', join(FIXTURES, 'hostile.json'), '--strict'])).code, 1);
    assert.equal((await circuit(['graph', join(FIXTURES, 'hostile.json')])).code, 0);
  });
});
