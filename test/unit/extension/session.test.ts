import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { loadFacts } from '../../../extension/investigation/feature-facts.ts';
import { GraphLibrary, hashFile } from '../../../extension/investigation/graph-library.ts';
import { modelOf } from '../../../extension/investigation/model-of.ts';
import { PanelHost, type PanelServices, type PanelWindow } from '../../../extension/investigation/panel.ts';
import type { Engine } from '../../../extension/investigation/engine.ts';
import { Session, type PanelPort } from '../../../extension/investigation/session.ts';
import type { EditableText } from '../../../extension/investigation/text-source.ts';
import { applyTextEdits, type TextEdit } from '../../../src/graph/investigation/text-edits.ts';
import type { Investigation } from '../../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { featureNode, tokenNode } from '../../../src/graph/nodes.ts';
import type { AttributionGraph } from '../../../src/graph/types.ts';
import { writeGraph } from '../../../src/graph/write-graph.ts';
import type { HostMessage, Snapshot } from '../../../webview/protocol.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const graph: AttributionGraph = {
  metadata: {
    slug: 'x',
    scan: 'tiny',
    prompt: 'a b',
    promptTokens: ['<bos>', 'a', ' b'],
    schemaVersion: 1,
    transcoders: [],
    trace: {
      tokenIds: [0, 4, 5],
      tokenOffsets: [null, { start: 0, end: 1 }, { start: 1, end: 3 }],
      replacementScore: 0.75,
      details: { top: [{ id: 9, text: ' c', probability: 0.9 }], links: 'all' },
    },
  },
  nodes: [featureNode(1, 2, 7, { activation: 2, influence: 0.5 }), tokenNode(2, 5)],
  links: { sources: Uint32Array.of(1), targets: Uint32Array.of(0), weights: Float64Array.of(3) },
  pinned: [],
  supernodes: [],
};

/** An editor's document, with its undo. */
class FakeText implements EditableText {
  readonly name = 'x.circuit.json';
  readonly past: string[] = [];
  text: string;
  changed: () => unknown = () => undefined;
  /** Runs once before the next change, as another editor would. */
  before: (() => void) | undefined;

  constructor(text: string) {
    this.text = text;
  }

  read(): string {
    return this.text;
  }

  async apply(edits: readonly TextEdit[]): Promise<boolean> {
    await wait(1);
    const { before } = this;
    this.before = undefined;
    const old = this.text;
    before?.();
    if (this.text !== old) return false;
    this.past.push(old);
    this.text = applyTextEdits(old, edits);
    await this.changed();
    return true;
  }

  async set(text: string): Promise<void> {
    this.text = text;
    await this.changed();
  }
}

class FakePanel implements PanelPort {
  readonly messages: HostMessage[] = [];

  post(message: HostMessage): void {
    this.messages.push(message);
  }

  get types(): string[] {
    return this.messages.map(({ type }) => type);
  }

  get snapshot(): Snapshot {
    const found = this.messages.findLast(message => message.type === 'snapshot');
    assert.ok(found !== undefined, 'no snapshot was sent');
    return found.snapshot;
  }
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const findModel = () => Promise.resolve({});

/** An open investigation with one panel; the graph lies beside it. */
async function open(t: TestContext, change: (investigation: Investigation) => Investigation = one => one) {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'x.graph.json');
  await writeGraph(file, graph);
  const investigation: Investigation = change({
    version: 1,
    prompt: 'a b',
    graph: { file: 'x.graph.json', sha256: await hashFile(file) },
    settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
    pinned: [],
    supernodes: [],
    annotations: [],
  });
  const text = new FakeText(writeInvestigation(investigation));
  const session = new Session({
    id: 'file:///x.circuit.json',
    title: 'x.circuit.json',
    folder,
    text,
    library: new GraphLibrary(join(folder, 'unsaved')),
    services: { findModel, log },
    labelsElsewhere: () => ({ '1/7': 'seven' }),
  });
  text.changed = () => session.textChanged();
  const failures: string[] = [];
  const window: PanelWindow = {
    saveImage: () => Promise.resolve(),
    openFiles: () => Promise.resolve(),
    openContent: () => Promise.resolve(),
    run: () => Promise.resolve(),
    showFailure: message => void failures.push(message),
  };
  const connect = (engine: Engine = noEngine) => {
    const port = new FakePanel();
    session.attach(port);
    const services: PanelServices = {
      engine,
      log,
      findModel,
      retarget: () => Promise.reject(new Error('the engine is gone')),
      retry: () => Promise.resolve(),
    };
    return { port, host: new PanelHost(session, port, services, window) };
  };
  return { folder, file, text, session, investigation, connect, failures, ...connect() };
}

const noEngine: Engine = { request: () => Promise.reject(new Error('no engine in this test')) };

describe('an open investigation', () => {
  test('gives a panel that listens all that there is', async t => {
    const { host, port, investigation } = await open(t);
    await host.receive({ type: 'ready' });
    const { snapshot } = port;
    assert.deepEqual(snapshot.investigation, investigation);
    assert.equal(snapshot.graph.nodes.length, 2);
    assert.deepEqual(snapshot.tokens[2], { id: 5, text: ' b', start: 1, end: 3 });
    assert.deepEqual(snapshot.top, [{ id: 9, text: ' c', probability: 0.9 }]);
    assert.deepEqual(snapshot.scores, { replacement: 0.75, completeness: null, strictCompleteness: null });
    assert.deepEqual(snapshot.labelsElsewhere, { '1/7': 'seven' });
    assert.deepEqual([snapshot.readOnly, snapshot.hasModel, snapshot.notices], [false, true, []]);
  });

  test('an edit of one panel changes the text once, and every panel learns of it', async t => {
    const { host, port, text, connect } = await open(t);
    const second = connect();
    await host.receive({ type: 'ready' });
    await second.host.receive({ type: 'ready' });
    await host.receive({ type: 'edit', edit: { kind: 'pin', nodes: ['1_7_2'] } });
    assert.equal(text.past.length, 1);
    for (const panel of [port, second.port]) {
      const last = panel.messages.at(-1);
      assert.ok(last?.type === 'investigation');
      assert.deepEqual(last.investigation.pinned, ['1_7_2']);
    }
    // The same again changes nothing: no echo, no undo step.
    await second.host.receive({ type: 'edit', edit: { kind: 'pin', nodes: ['1_7_2'] } });
    assert.equal(text.past.length, 1);
    await text.set(text.past[0]);
    const undone = port.messages.at(-1);
    assert.ok(undone?.type === 'investigation');
    assert.deepEqual(undone.investigation.pinned, []);
  });

  test('edits that come all at once, and a change by someone else in between, all hold', async t => {
    const { host, text, session } = await open(t);
    text.before = () => {
      text.text = text.text.replace('"pinned": []', '"pinned": [\n    "8_8_8"\n  ]');
    };
    await Promise.all(
      ['1_7_2', 'E_5_2', '3_3_3'].map(node => host.receive({ type: 'edit', edit: { kind: 'pin', nodes: [node] } })),
    );
    assert.deepEqual(session.investigation?.pinned, ['1_7_2', '3_3_3', '8_8_8', 'E_5_2']);
  });

  test('text that cannot be read is said; the last good state stays and edits are refused until it can', async t => {
    const { host, port, text, session, failures } = await open(t);
    await host.receive({ type: 'ready' });
    const good = text.text;
    await text.set(good.replace('"pinned"', '\n<<<<<<< HEAD\n"pinned"'));
    const said = port.messages.at(-1);
    assert.ok(said?.type === 'failed');
    assert.match(said.message, /git could not merge/);
    // It is said again after whatever shows the graph anew.
    session.resend();
    assert.equal(port.messages.at(-1)?.type, 'failed');
    assert.equal(session.investigation?.prompt, 'a b');
    await host.receive({ type: 'edit', edit: { kind: 'pin', nodes: ['1_7_2'] } });
    assert.equal(failures.length, 1);
    assert.ok(text.text.includes('<<<<<<<'), 'a broken text was overwritten');
    await text.set(good);
    assert.equal(port.messages.at(-1)?.type, 'snapshot');
  });

  test('a text that was damaged from the start shows what can be read, with a way to the text', async t => {
    const { text, session, host, port, failures, investigation } = await open(t);
    const library = new GraphLibrary(join(session.folder ?? '', 'unsaved'));
    const good = text.text;
    const broken = new FakeText(good.replace('"pinned": []', '"pinned": ["1_7_2", 5]'));
    const damaged = new Session({
      id: 'file:///y.circuit.json',
      title: 'y.circuit.json',
      folder: session.folder,
      text: broken,
      library,
      services: { findModel, log },
      labelsElsewhere: () => ({}),
    });
    broken.changed = () => damaged.textChanged();
    const panel = new FakePanel();
    damaged.attach(panel);
    await damaged.greet(panel);
    assert.deepEqual(panel.snapshot.investigation, { ...investigation, pinned: ['1_7_2'] });
    assert.deepEqual([panel.snapshot.readOnly, panel.snapshot.graph.nodes.length], [false, 2]);
    assert.match(panel.snapshot.notices.join(), /Missing or damaged: pinned\[1\]/);
    const said = panel.messages.at(-1);
    assert.ok(said?.type === 'failed');
    assert.equal(said.action?.command, 'circuit.openAsText');
    await assert.rejects(damaged.edit({ kind: 'notes', text: 'x' }), /pinned\[1\]/);
    await broken.set(good);
    assert.deepEqual([panel.types.at(-1), panel.snapshot.notices], ['snapshot', []]);
    await broken.set('garbage');
    assert.equal(damaged.investigation?.prompt, 'a b', 'what was whole once stays');
    assert.deepEqual([failures, port.messages, host instanceof PanelHost], [[], [], true]);
  });

  test('what failed is said to panels that are shown later too, until it is tried again', async t => {
    const { session, host, port } = await open(t);
    session.showFailure({ message: 'The engine is gone.', remedy: 'Try again.', isCancellation: false }, true);
    await host.receive({ type: 'ready' });
    const said = port.messages.at(-1);
    assert.ok(said?.type === 'failed' && said.canRetry);
    session.resend();
    assert.equal(port.messages.at(-1)?.type, 'failed');
    session.showBusy('Tracing');
    await host.receive({ type: 'ready' });
    assert.equal(port.messages.at(-1)?.type, 'snapshot');
  });

  test('a workspace that is not trusted is told to the panel, and why there is no model', async t => {
    const { file } = await open(t);
    const session = new Session({
      id: 'file:///x.graph.json',
      title: 'x.graph.json',
      folder: undefined,
      graphFile: file,
      library: new GraphLibrary(join(file, '..')),
      services: { findModel: () => Promise.resolve(undefined), log, isTrusted: () => false },
      labelsElsewhere: () => ({}),
    });
    await session.settled;
    const { isTrusted, hasModel } = session.snapshot();
    assert.deepEqual([isTrusted, hasModel], [false, false]);
    await assert.rejects(modelOf(session, { findModel: () => Promise.resolve(undefined) }), /not trusted/);
  });

  test('a missing graph opens with what the investigation names; when it comes, it is shown', async t => {
    const { host, port, file, session } = await open(t, one => ({
      ...one,
      graph: { file: 'later.graph.json' },
      pinned: ['1_7_2', 'E_5_2', '1_-1_2', 'odd id'],
      annotations: [{ layer: 1, feature: 7, label: 'lucky' }],
    }));
    await host.receive({ type: 'ready' });
    assert.deepEqual(
      port.snapshot.graph.nodes.map(({ kind, label }) => [kind, label]),
      [
        ['error', undefined],
        ['feature', 'lucky'],
        ['token', undefined],
      ],
    );
    assert.match(port.snapshot.notices[0], /later\.graph\.json is not here/);
    await writeGraph(join(file, '..', 'later.graph.json'), graph);
    await session.reloadGraph();
    assert.deepEqual(port.snapshot.notices, []);
    assert.equal(port.snapshot.graph.links.weights.length, 1);
  });

  test('a graph that is replaced by garbage, by another, or removed is said; edits still work', async t => {
    const { host, port, file, session, text } = await open(t);
    await host.receive({ type: 'ready' });
    await writeFile(file, '{"metadata": {}, "nodes": [');
    await session.reloadGraph();
    assert.match(port.snapshot.notices[0], /cannot be shown.*x\.graph\.json/);
    await host.receive({ type: 'edit', edit: { kind: 'pin', nodes: ['1_7_2'] } });
    assert.equal(text.past.length, 1);
    assert.equal(port.snapshot.graph.nodes.length, 1);
    await writeGraph(file, { ...graph, pinned: ['1_7_2'] });
    await session.reloadGraph();
    assert.match(port.snapshot.notices[0], /contents changed/);
    await rm(file);
    await session.reloadGraph();
    assert.match(port.snapshot.notices[0], /is not here/);
  });

  test('a selection goes to the other panels and not back', async t => {
    const { host, port, session, connect } = await open(t);
    const second = connect();
    const seen: string[] = [];
    session.changes.on(change => seen.push(change));
    await host.receive({ type: 'selected', nodes: ['1_7_2'] });
    await host.receive({ type: 'pointed', position: 2 });
    assert.deepEqual(port.types, []);
    assert.deepEqual(second.port.messages, [{ type: 'select', nodes: ['1_7_2'] }]);
    assert.deepEqual([session.selected, session.pointed], [['1_7_2'], 2]);
    assert.ok(seen.includes('selection') && seen.includes('pointed'));
  });

  test('every request gets an answer: what came, or why not', async t => {
    const { connect, session, folder } = await open(t);
    const asked: unknown[] = [];
    const card = { layer: 1, feature: 7, record: null, topLogits: [], bottomLogits: [] };
    const engine = {
      request: (type: { method: string }, params: unknown) => {
        asked.push([type.method, params]);
        return type.method === 'features/cards' ? Promise.resolve([card]) : Promise.reject(new Error('broken pipe'));
      },
    } as Engine;
    const { host, port } = connect(engine);
    await host.receive({ type: 'request', id: 1, method: 'card', layer: 1, feature: 7 });
    await host.receive({ type: 'request', id: 2, method: 'activations', layer: 1, feature: 7, text: 'x' });
    await host.receive({ type: 'request', id: 3, method: 'retarget', target: '" Austin"' });
    await host.receive({ type: 'request', id: 4, method: 'save-image', kind: 'png', content: new Uint8Array(3) });
    await host.receive({ type: 'request', id: 5, method: 'format-disk' });
    assert.deepEqual(asked[0], ['features/cards', { features: [[1, 7]] }]);
    const answers = port.messages.flatMap(message => ('id' in message ? [[message.type, message.id]] : []));
    assert.deepEqual(answers, [
      ['reply', 1],
      ['refused', 2],
      ['refused', 3],
      ['reply', 4],
      ['refused', 5],
    ]);
    session.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test('messages that are none change nothing', async t => {
    const { host, port, text } = await open(t);
    const odd: unknown[] = [
      null,
      'edit',
      { type: 'edit' },
      { type: 'edit', edit: { kind: 'pin', nodes: '1_7_2' } },
      { type: 'edit', edit: { kind: 'annotate', layer: -1, feature: 0, change: { label: 'x' } } },
      { type: 'edit', edit: { kind: 'annotate', layer: 0, feature: 0, change: { verdict: 'guilty' } } },
      { type: 'run', command: 'workbench.action.terminal.sendSequence' },
      { type: 'selected', nodes: [{}] },
    ];
    for (const message of odd) await host.receive(message);
    assert.deepEqual([port.messages, text.past], [[], []]);
  });

  test('a graph file on its own is shown and cannot be annotated', async t => {
    const { file } = await open(t);
    const library = new GraphLibrary(join(file, '..'));
    const session = new Session({
      id: 'file:///x.graph.json',
      title: 'x.graph.json',
      folder: undefined,
      graphFile: file,
      library,
      services: { findModel, log },
      labelsElsewhere: () => ({}),
    });
    await session.settled;
    const snapshot = session.snapshot();
    assert.deepEqual([snapshot.readOnly, snapshot.investigation, snapshot.graph.nodes.length], [true, null, 2]);
    await assert.rejects(() => session.edit({ kind: 'pin', nodes: ['1_7_2'] }), /cannot be annotated/);
  });
});

describe('what the index says of features', () => {
  test('is asked for once, strongest first, and shown when it has come', async t => {
    const { session, port } = await open(t);
    await session.settled;
    const asked: unknown[] = [];
    const engine = {
      request: ({ method }: { method: string }, { features }: { features: [number, number][] }) => {
        asked.push([method, features]);
        return Promise.resolve(features.map(([layer, feature]) => ({ layer, feature, density: 0.01 })));
      },
    } as unknown as Engine;
    await loadFacts(session, { engine, findModel, log });
    await loadFacts(session, { engine, findModel, log });
    assert.deepEqual(asked, [['features/summaries', [[1, 7]]]]);
    assert.deepEqual(port.messages, [{ type: 'feature-facts', facts: { '1/7': { density: 0.01 } } }]);
    assert.deepEqual(session.snapshot().featureFacts, { '1/7': { density: 0.01 } });
  });
});
