import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { EngineClient } from '../../../extension/engine/engine-client.ts';
import { EngineError } from '../../../extension/engine/engine-error.ts';
import { promptTokens } from '../../../extension/investigation/snapshot.ts';
import {
  describeModel,
  featureActivations,
  intervene,
  predictNext,
  traceAttribution,
  type ProgressReport,
} from '../../../src/engine/protocol.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import type { AttributionGraph } from '../../../src/graph/types.ts';
import { graphModel } from '../../../webview/model/graph-model.ts';
import { pruneView } from '../../../webview/model/prune-view.ts';
import { circuitJson, program } from '../../support/cli.ts';
import { writeChatModel } from '../../support/chat-model.ts';
import { startEngine, until } from '../../support/engine.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PROMPT = 'Fact: the capital of the state containing Dallas is';

describe('trace', () => {
  test("its graph, pruned, is the command line's: same nodes, same links, same weights", async t => {
    const folder = await temporaryFolder(t);
    const [wide, pruned] = [join(folder, 'wide.graph.json'), join(folder, 'pruned.graph.json')];
    const { client } = await startEngine(t);
    const request = { prompt: PROMPT, settings: {}, out: wide };
    const result = await client.request(traceAttribution, request);
    const json = await circuitJson<Record<string, unknown>>(['trace', '--prompt', PROMPT, '--out', pruned]);

    assert.deepEqual(result.top, json.top);
    assert.deepEqual(
      result.tokens.map(({ id, text, start, end }) => ({ id, text, start, end })),
      json.tokens,
    );
    assert.equal(result.scores.replacement, json.replacement_score);
    assert.equal(result.scores.completeness, json.completeness_score);
    assert.equal(result.scores.strictCompleteness, json.strict_completeness_score);
    assert.equal(result.activeFeatures, json.active_features);

    const graph = (await readGraph(wide)).graph;
    const expected = (await readGraph(pruned)).graph;
    assert.ok(result.links > 2 * expected.links.weights.length, 'the wide graph is not wide');
    assert.equal(graph.metadata.trace?.details?.links, 'all');
    assert.deepEqual(graph.metadata.trace?.details?.top, result.top);
    const view = pruneView(graphModel(graph), { nodeThreshold: 0.8, edgeThreshold: 0.98 });
    const shown = linksOf(graph, link => view.links[link] === 1);
    assert.deepEqual(
      shown,
      linksOf(expected, () => true),
    );
    assert.deepEqual(
      graph.nodes
        .filter((_, node) => view.nodes[node] === 1)
        .map(({ id, label, activation }) => [id, label, activation]),
      expected.nodes.map(({ id, label, activation }) => [id, label, activation]),
    );
    assert.deepEqual(promptTokens(graph), result.tokens);
    assert.equal(
      result.graphSha256,
      createHash('sha256')
        .update(await readFile(wide))
        .digest('hex'),
    );
  });

  test('sessions stay open: a second trace does not load the model again', async t => {
    const out = join(await temporaryFolder(t), 'graph.json');
    const { client } = await startEngine(t);
    const timed = async () => {
      const start = performance.now();
      const { seconds } = await client.request(traceAttribution, { prompt: PROMPT, settings: {}, out });
      return { load: seconds.load, all: (performance.now() - start) / 1000 };
    };
    const cold = await timed();
    const warm = [await timed(), await timed(), await timed()].sort((a, b) => a.all - b.all)[0];
    t.diagnostic(`cold ${cold.all.toFixed(2)} s, warm ${warm.all.toFixed(2)} s`);
    // Seconds are no fair measure on a machine that does other things: shares of each other are.
    assert.ok(warm.load < cold.load / 3, `loading took ${warm.load} s of ${warm.all}, at first ${cold.load} s`);
    assert.ok(warm.all < cold.all);
  });

  test('targets, and what is wrong with one', async t => {
    const out = join(await temporaryFolder(t), 'graph.json');
    const { client, log } = await startEngine(t);
    const trace = (target: string) => client.request(traceAttribution, { prompt: PROMPT, settings: { target }, out });
    await trace('" Austin" - " Dallas"');
    const { nodes, metadata } = (await readGraph(out)).graph;
    assert.equal(nodes.find(({ kind }) => kind === 'logit')?.text, 'Austin - Dallas');
    assert.equal(metadata.settings?.target, '" Austin" - " Dallas"');
    await assert.rejects(trace('" Nowhereville"'), (error: unknown) => {
      assert.ok(error instanceof EngineError);
      assert.equal(error.code, 'target');
      assert.match(error.message, /Nowhereville/);
      assert.notEqual(error.remedy, '');
      return true;
    });
    assert.ok(log.some(line => line.includes('target')));
  });

  test('a folder that is not there is said before anything is computed', async t => {
    const { client } = await startEngine(t);
    const out = join(await temporaryFolder(t), 'missing', 'graph.json');
    await assert.rejects(client.request(traceAttribution, { prompt: PROMPT, settings: {}, out }), {
      code: 'file-write',
    });
  });

  test('words that the embedded model does not know are warned of', async t => {
    const out = join(await temporaryFolder(t), 'graph.json');
    const { client } = await startEngine(t);
    const { warnings } = await client.request(traceAttribution, { prompt: 'the xylophonist is', settings: {}, out });
    assert.match(warnings.join(' '), /"xylophonist"/);
  });
});

describe('requests', () => {
  test('cancelled: the error says so, nothing is left behind, and the next request works', async t => {
    const folder = await temporaryFolder(t);
    const { client } = await startEngine(t);
    const controller = new AbortController();
    const stages: ProgressReport[] = [];
    const request = { prompt: PROMPT, settings: {}, out: join(folder, 'graph.json') };
    const work = client.request(traceAttribution, request, {
      signal: controller.signal,
      progress: report => {
        stages.push(report);
        if (report.stage === 'attribute') controller.abort();
      },
    });
    await assert.rejects(work, (error: unknown) => error instanceof EngineError && error.isCancellation);
    assert.ok(stages.length > 0);
    assert.deepEqual(await readdir(folder), []);
    const { pid } = client;
    await client.request(traceAttribution, request);
    assert.equal(client.pid, pid);
    assert.deepEqual(await readdir(folder), ['graph.json']);
  });

  test('cancelled before it starts, and while it waits behind another', async t => {
    const folder = await temporaryFolder(t);
    const { client } = await startEngine(t);
    const trace = (name: string, signal: AbortSignal) =>
      client.request(traceAttribution, { prompt: PROMPT, settings: {}, out: join(folder, name) }, { signal });
    await assert.rejects(trace('never', AbortSignal.abort()), { code: 'cancelled' });
    assert.equal(client.pid, undefined, 'a cancelled request started the engine');
    const controller = new AbortController();
    const first = trace('first', new AbortController().signal);
    const second = trace('second', controller.signal);
    controller.abort();
    await assert.rejects(second, { code: 'cancelled' });
    await first;
    assert.deepEqual(await readdir(folder), ['first']);
  });

  test('killed during a trace: the request is rejected and says how, the next one starts the engine anew', async t => {
    const folder = await temporaryFolder(t);
    const { client, log } = await startEngine(t);
    const request = { prompt: PROMPT, settings: {}, out: join(folder, 'graph.json') };
    let killed: number | undefined;
    const work = client.request(traceAttribution, request, {
      progress: () => {
        // The first report comes before there is a process.
        if (killed !== undefined || client.pid === undefined) return;
        killed = client.pid;
        process.kill(killed, 'SIGKILL');
      },
    });
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof EngineError);
      assert.equal(error.code, 'ended');
      assert.match(error.message, /SIGKILL/);
      return true;
    });
    await until(() => client.pid === undefined, 'the client forgets the process');
    assert.deepEqual(await readdir(folder), []);
    const result = await client.request(traceAttribution, request);
    assert.ok(result.nodes > 10);
    assert.notEqual(client.pid, killed);
    assert.equal(log.filter(line => line.startsWith('Engine started')).length, 2);
  });

  test('two at once give what each gives alone', async t => {
    const folder = await temporaryFolder(t);
    const { client } = await startEngine(t);
    const prompts = [PROMPT, "The opposite of 'small' is '"];
    const out = (name: string) => join(folder, name);
    const together = await Promise.all(
      prompts.map((prompt, i) => client.request(traceAttribution, { prompt, settings: {}, out: out(`both-${i}`) })),
    );
    for (const [i, prompt] of prompts.entries()) {
      const alone = await client.request(traceAttribution, { prompt, settings: {}, out: out(`alone-${i}`) });
      assert.equal(together[i].graphSha256, alone.graphSha256);
    }
    assert.notEqual(together[0].graphSha256, together[1].graphSha256);
  });

  test('an idle engine ends, and starts again when it is needed', async t => {
    const { client } = await startEngine(t, 0.3 / 60);
    await client.request(predictNext, { prompt: PROMPT });
    assert.notEqual(client.pid, undefined);
    await until(() => client.pid === undefined, 'the engine ends');
    assert.equal((await client.request(predictNext, { prompt: PROMPT })).top[0].text, ' Austin');
  });

  test('without the extension host it ends', async () => {
    const child = fork(join(dirname(await program()), 'engine.js'), [], { serialization: 'advanced', execArgv: [] });
    await once(child, 'spawn');
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  test('a program that cannot be started is an error, not silence', async () => {
    const missing = new EngineClient({
      entry: '/nowhere/engine.js',
      log: { info: () => undefined, warn: () => undefined },
      idleMinutes: () => 0,
    });
    await assert.rejects(missing.request(predictNext, { prompt: PROMPT }), { code: 'ended', message: /nowhere/ });
  });
});

describe('the other methods', () => {
  test('the model is described with its identity, provider and what it offers', async t => {
    const { client, log } = await startEngine(t);
    const described = await client.request(describeModel, {});
    const model = await circuitJson<{
      model: { sha256: string; layers: number };
      dictionary: { sha256: string; features: number };
    }>(['model', '--no-providers']);
    assert.equal(described.model.sha256, model.model.sha256);
    assert.equal(described.layers, model.model.layers);
    assert.equal(described.dictionary?.sha256, model.dictionary.sha256);
    assert.equal(described.dictionary?.features, model.dictionary.features);
    assert.equal(described.embedded, true);
    assert.equal(described.hasLabels, true);
    assert.equal(described.provider, 'cpu');
    assert.match(described.providerNotes.join(), /^auto takes the CPU: the model is small/);
    await until(() => log.includes(described.providerNotes[0]), 'the log says why');
    const built = JSON.parse(await readFile('dist/embedded.json', 'utf8')) as { model: string; dictionary: string };
    assert.deepEqual(built, { model: model.model.sha256, dictionary: model.dictionary.sha256 });
  });

  test('special tokens that a prompt spells out are flagged, or taken as text', async t => {
    const { client } = await startEngine(t);
    const prompt = 'a <bos> b';
    const asToken = (await client.request(predictNext, { prompt })).tokens;
    const special = asToken.filter(token => token.special === true);
    assert.deepEqual(
      special.map(({ text, start, end }) => [text, start, end]),
      [['<bos>', 2, 7]],
    );
    assert.equal(asToken[0].start, null);
    assert.equal(asToken[0].special, undefined, 'the token that was added is not one that the text spells');
    const asText = (await client.request(predictNext, { prompt, specialAsText: true })).tokens;
    assert.ok(asText.every(token => token.special === undefined));
    const spelled = asText.filter(({ start }) => start !== null && start >= 2 && start < 7);
    assert.equal(spelled.map(({ text }) => text).join(''), '<bos>');
    assert.ok(spelled.length > 1);
  });

  test('a prompt in the chat template: the tokens of the template stand nowhere in the text', async t => {
    const model = await temporaryFolder(t, 'models/pack/model');
    const dictionary = 'models/pack/dictionary';
    const { client } = await startEngine(t);
    await assert.rejects(client.request(predictNext, { prompt: 'Dallas', chat: true }), { code: 'prompt' });
    await writeFile(join(model, 'chat_template.jinja'), 'Fact: {{ messages[0].content }} is');
    assert.equal((await client.request(describeModel, { model, dictionary })).hasChatTemplate, true);
    assert.equal((await client.request(describeModel, {})).hasChatTemplate, false);
    const prompt = 'the capital of Texas';
    const { tokens } = await client.request(predictNext, { model, dictionary, prompt, chat: true });
    const plain = await client.request(predictNext, { prompt: `Fact: ${prompt} is` });
    assert.deepEqual(
      tokens.map(({ id }) => id),
      plain.tokens.map(({ id }) => id),
    );
    const placed = tokens.filter(({ start }) => start !== null);
    assert.deepEqual([placed[0].start, placed.at(-1)?.end], [0, prompt.length]);
    assert.equal(tokens.at(-1)?.start, null);
  });

  test('what a model makes of tokens of turns: as tokens, as text, and in its template', async t => {
    const model = join(await temporaryFolder(t), 'chat');
    await writeChatModel(model);
    const { client } = await startEngine(t);
    const prompt = '<|im_start|>the opposite of hot<end_of_turn>';
    const ask = async (more: { specialAsText?: boolean; chat?: boolean }) =>
      (await client.request(predictNext, { model, prompt, ...more })).tokens;
    const special = (tokens: Awaited<ReturnType<typeof ask>>) =>
      tokens.filter(token => token.special === true).map(({ text }) => text);
    assert.deepEqual(special(await ask({})), ['<|im_start|>', '<end_of_turn>']);
    const asText = await ask({ specialAsText: true });
    assert.deepEqual(special(asText), []);
    assert.equal(
      asText
        .map(({ text }) => text)
        .join('')
        .replace('<bos>', '')
        .trim(),
      prompt,
    );
    const inTemplate = (await ask({ chat: true })).map(({ text }) => text);
    assert.deepEqual(inTemplate.slice(0, 2), ['<bos>', '<start_of_turn>']);
    assert.equal(inTemplate.filter(text => text === '<start_of_turn>').length, 2, 'the user and the model');
  });

  test('a model without a dictionary is traced in its neurons, as the command line does', async t => {
    const folder = await temporaryFolder(t);
    const model = join(folder, 'chat');
    await writeChatModel(model);
    const { client } = await startEngine(t);
    const described = await client.request(describeModel, { model });
    assert.equal(described.dictionary, undefined);
    assert.equal(described.defaultBudget, 2000);
    const out = join(folder, 'wide.json');
    const prompt = 'the opposite of hot is';
    const result = await client.request(traceAttribution, { model, prompt, settings: {}, out });
    assert.equal(result.dictionary, undefined);
    const byCommand = join(folder, 'pruned.json');
    await circuitJson(['trace', '--model', model, '--prompt', prompt, '--out', byCommand]);
    const wide = (await readGraph(out)).graph;
    const pruned = (await readGraph(byCommand)).graph;
    assert.equal(wide.metadata.settings?.basis, 'neurons');
    const activations = new Map(wide.nodes.map(({ id, activation }) => [id, activation]));
    const neurons = pruned.nodes.filter(({ kind }) => kind === 'neuron');
    assert.ok(neurons.length > 10);
    for (const { id, activation } of neurons) assert.equal(activations.get(id), activation, id);
    await assert.rejects(client.request(featureActivations, { model, prompt, layer: 0, feature: 0 }), {
      code: 'usage',
      message: /No dictionary/,
    });
  });

  test('the tokens of a target are looked up with their probabilities, one that is none is refused', async t => {
    const { client } = await startEngine(t);
    const ask = (target: string) => client.request(predictNext, { prompt: PROMPT, target });
    const { top, target } = await ask('" Austin" - " Sacramento"');
    assert.deepEqual(
      target?.map(({ text }) => text),
      [' Austin', ' Sacramento'],
    );
    assert.equal(target[0].probability, top[0].probability);
    assert.ok(target[1].probability < target[0].probability);
    assert.equal((await client.request(predictNext, { prompt: PROMPT })).target, undefined);
    for (const [wrong, code] of [
      ['" Nowhereville"', 'target'],
      ['9999999', 'target'],
      ['Austin', 'usage'],
    ]) {
      await assert.rejects(ask(wrong), { code });
    }
  });

  test('what is wrong is said without the words of the command line', async t => {
    const { client } = await startEngine(t);
    const out = join(await temporaryFolder(t), 'graph.json');
    const trace = (request: object) =>
      client.request(traceAttribution, { prompt: PROMPT, settings: {}, out, ...request });
    const long = 'the opposite of hot is cold and '.repeat(12);
    const wrongs: readonly (readonly [object, string])[] = [
      [{ prompt: '' }, 'prompt'],
      [{ prompt: long }, 'prompt'],
      [{ settings: { target: 'Austin' } }, 'usage'],
      [{ settings: { target: '" Nowhereville"' } }, 'target'],
      [{ model: '/nowhere/model' }, 'file-missing'],
      [{ model: 'nobody/nothing' }, 'file-missing'],
      [{ dictionary: '/nowhere/dictionary' }, 'file-missing'],
      [{ provider: 'coreml' }, 'provider'],
    ];
    for (const [request, code] of wrongs) {
      await assert.rejects(trace(request), (error: unknown) => {
        assert.ok(error instanceof EngineError);
        assert.equal(error.code, code, error.message);
        const said = `${error.message} ${error.remedy}`;
        assert.doesNotMatch(said, /--[a-z]|circuit (model|trace|features)/, said);
        assert.notEqual(error.remedy, '');
        return true;
      });
    }
  });

  test('activations of a feature come as binary numbers and agree with the graph', async t => {
    const out = join(await temporaryFolder(t), 'graph.json');
    const { client } = await startEngine(t);
    await client.request(traceAttribution, { prompt: PROMPT, settings: {}, out });
    const { nodes } = (await readGraph(out)).graph;
    const strongest = nodes.filter(({ kind }) => kind === 'feature').sort((a, b) => b.activation! - a.activation!)[0];
    const { layer, feature = -1 } = strongest;
    const { activations, tokens } = await client.request(featureActivations, { prompt: PROMPT, layer, feature });
    assert.ok(activations instanceof Float32Array);
    assert.equal(activations.length, tokens.length);
    for (const node of nodes.filter(node => node.layer === layer && node.feature === feature)) {
      assert.equal(activations[node.position], Math.fround(node.activation!));
    }
    await assert.rejects(client.request(featureActivations, { prompt: PROMPT, layer: 99, feature: 0 }), {
      code: 'usage',
    });
  });

  test('an intervention reports the same tokens in every run, with matched controls', async t => {
    const out = join(await temporaryFolder(t), 'graph.json');
    const { client } = await startEngine(t);
    const traced = await client.request(traceAttribution, { prompt: PROMPT, settings: {}, out });
    const { nodes } = (await readGraph(out)).graph;
    const features = nodes.filter(({ kind }) => kind === 'feature').sort((a, b) => a.influence! - b.influence!);
    const edits = features
      .slice(0, 12)
      .map(({ layer, feature = 0, position }) => ({ layer, feature, positions: [position], scale: 0 }));
    const request = { prompt: PROMPT, edits, mode: 'free', controls: 2 } as const;
    const { before, after, controls } = await client.request(intervene, request);
    assert.equal(before[0].text, ' Austin');
    assert.ok(Math.abs(before[0].probability - traced.top[0].probability) < 1e-4);
    assert.equal(controls.length, 2);
    const ids = (list: typeof before) => list.map(({ id }) => id).sort((a, b) => a - b);
    for (const run of [after, ...controls]) assert.deepEqual(ids(run), ids(before));
    const austin = (list: typeof before) => list.find(({ text }) => text === ' Austin')!.probability;
    assert.ok(austin(after) < austin(before));
    assert.ok(
      controls.every(run => austin(run) > austin(after)),
      'random features matter as much as the strongest',
    );
    const nothing = await client.request(intervene, { ...request, edits: [], controls: 0 });
    assert.deepEqual(nothing.after, nothing.before);
  });
});

/** Links as text, so that those of two graphs compare whatever their nodes' numbers. */
function linksOf({ nodes, links }: AttributionGraph, keeps: (link: number) => boolean): string[] {
  return Array.from(links.weights, (weight, i) => ({
    i,
    text: `${nodes[links.sources[i]].id} ${nodes[links.targets[i]].id} ${weight}`,
  }))
    .filter(({ i }) => keeps(i))
    .map(({ text }) => text)
    .sort();
}
