import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertRefuses, circuit, circuitJson, filesBelow } from '../support/cli.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

const TOKENS = ['--tokens', '0,5,11,3,29'];

interface GraphJson {
  metadata: { scan: string; generation_settings: Record<string, unknown> };
  nodes: { node_id: string; feature_type: string; layer: string; ctx_idx: number; activation: number | null }[];
}

describe('a model without a dictionary', () => {
  test('is traced in the basis of its neurons, and every output says so', async t => {
    const folder = await temporaryFolder(t);
    const model = join(await referenceCase('gpt2-plt-relu'), 'model');
    const out = join(folder, 'a.graph.json');
    const command = ['trace', '--model', model, ...TOKENS, '--out', out];
    const json = await circuitJson<Record<string, number | string>>(command);
    assert.equal(json.basis, 'neurons');
    const graph = JSON.parse(await readFile(out, 'utf8')) as GraphJson;
    assert.equal(graph.metadata.generation_settings.basis, 'neurons');
    assert.equal(graph.metadata.generation_settings.max_feature_nodes, 2000);
    const types = new Set(graph.nodes.map(node => node.feature_type));
    assert.deepEqual([...types].sort(), ['embedding', 'logit', 'neuron']);
    const neuron = graph.nodes.find(node => node.feature_type === 'neuron')!;
    assert.match(neuron.node_id, new RegExp(`^${neuron.layer}_neuron-\\d+_${neuron.ctx_idx}$`));
    assert.notEqual(neuron.activation, null);
    const first = await readFile(out);
    const { stdout } = await circuit([...command, '--basis', 'neurons']);
    assert.match(stdout, /the model's own neurons: no dictionary/);
    assert.deepEqual(await readFile(out), first, 'the same bytes');

    const described = await circuitJson<{ types: Record<string, number>; problems: unknown[] }>(['graph', out]);
    assert.equal(described.types.neuron, graph.nodes.filter(node => node.feature_type === 'neuron').length);
    assert.deepEqual(described.problems, []);
  });

  test('is checked by the identities that hold for neurons', async () => {
    const model = join(await referenceCase('gemma2-clt-relu'), 'model');
    const json = await circuitJson<{ passed: boolean; checks: { name: string; max_error: number }[] }>([
      ...['selfcheck', '--basis', 'neurons', '--model', model],
      ...TOKENS,
    ]);
    assert.ok(json.passed);
    assert.deepEqual(
      json.checks.map(({ name }) => name),
      ['reconstruction', 'neuron-row-sums', 'target-row-sums', 'influence'],
    );
    for (const check of json.checks) assert.ok(check.max_error < 1e-5, `${check.name}: ${check.max_error}`);
  });

  test('has an estimate of its memory before it is traced, that grows with prompt and budget', async () => {
    const model = join(await referenceCase('gpt2-plt-relu'), 'model');
    interface Memory {
      basis: string;
      active_features: number;
      private: number;
      parts: Record<string, number>;
    }
    const memoryOf = async (...options: string[]): Promise<Memory> => {
      const command = ['model', '--model', model, '--no-providers', ...options];
      return (await circuitJson<{ memory: Memory }>(command)).memory;
    };
    const [usual, longer, fewer] = [
      await memoryOf(),
      await memoryOf('--tokens', '64'),
      await memoryOf('--max-feature-nodes', '500'),
    ];
    assert.deepEqual([usual.basis, usual.active_features], ['neurons', 3 * 16 * 64]);
    assert.ok(longer.private > usual.private && usual.private > fewer.private);
    assert.ok(usual.parts['edges before pruning'] > fewer.parts['edges before pruning']);
  });

  test('a basis that does not go with the dictionary, or is not known, is refused', async t => {
    const folder = await temporaryFolder(t);
    const path = await referenceCase('gpt2-plt-relu');
    const [model, dictionary] = [join(path, 'model'), join(path, 'transcoders')];
    const both = ['trace', '--model', model, '--dictionary', dictionary, ...TOKENS];
    await assertRefuses([...both, '--basis', 'neurons'], 2, ['--basis neurons', '--dictionary'], { cwd: folder });
    const alone = ['trace', '--model', model, ...TOKENS, '--basis'];
    await assertRefuses([...alone, 'dictionary'], 2, ['--model is given without --dictionary'], { cwd: folder });
    await assertRefuses([...alone, 'heads'], 2, ['--basis', 'neurons'], { cwd: folder });
    assert.deepEqual(await filesBelow(folder), []);
  });
});
