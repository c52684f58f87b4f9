/**
 * Plays the extension host inside the page: what `acquireVsCodeApi` gives in the editor. Edits are applied as the real
 * host applies them; all that the panel said is kept for the test to read.
 */
import { applyEdit } from '../../../src/graph/investigation/apply-edit.ts';
import type { AttributionGraph } from '../../../src/graph/types.ts';
import type { FeatureCard, CardHostMessage, CardMessage } from '../../../webview/card-protocol.ts';
import type { HostMessage, PanelMessage, Snapshot } from '../../../webview/protocol.ts';

/** Typed arrays do not travel in the script that carries the data. */
type Flat<T> = T extends Uint32Array | Float64Array | Float32Array
  ? readonly number[]
  : T extends object
    ? { readonly [K in keyof T]: Flat<T[K]> }
    : T;

declare global {
  var testSnapshot: Flat<Snapshot> | undefined;
  var testCard: FeatureCard | undefined;
  var testKept: unknown;
  var testHost: TestHost;
}

interface TestHost {
  readonly posted: (PanelMessage | CardMessage)[];
  send(message: HostMessage | CardHostMessage): void;
  snapshot: Snapshot | undefined;
  state: unknown;
  /** Answers requests instead of the host's own answers. */
  refuse: string | null;
}

function revive(flat: Flat<Snapshot>): Snapshot {
  const { sources, targets, weights } = flat.graph.links;
  const links = {
    sources: Uint32Array.from(sources),
    targets: Uint32Array.from(targets),
    weights: Float64Array.from(weights),
  };
  const graph = { ...flat.graph, links } as unknown as AttributionGraph;
  return { ...(flat as unknown as Snapshot), graph };
}

const host: TestHost = {
  posted: [],
  send: message => window.postMessage(message, '*'),
  snapshot: globalThis.testSnapshot === undefined ? undefined : revive(globalThis.testSnapshot),
  state: globalThis.testKept,
  refuse: null,
};
globalThis.testHost = host;

function hear(message: PanelMessage | CardMessage): void {
  host.posted.push(message);
  if (message.type === 'ready') {
    if (host.snapshot !== undefined) host.send({ type: 'snapshot', snapshot: host.snapshot });
    if (globalThis.testCard !== undefined) host.send({ type: 'show', card: globalThis.testCard });
  } else if (message.type === 'edit') edit(message.edit);
  else if (message.type === 'request') answer(message);
}

function edit(change: Extract<PanelMessage, { type: 'edit' }>['edit']): void {
  const old = host.snapshot?.investigation;
  if (host.snapshot === undefined || old == null) return;
  const investigation = applyEdit(old, change);
  host.snapshot = { ...host.snapshot, investigation };
  host.send({ type: 'investigation', investigation });
}

function answer(message: Extract<PanelMessage, { type: 'request' }>): void {
  const { id } = message;
  if (host.refuse !== null) host.send({ type: 'refused', id, message: host.refuse, remedy: 'Try another.' });
  else if (message.method === 'activations') {
    const words = message.text.split(/(?= )/);
    const tokens = words.map((text, i) => ({ id: i, text, start: 0, end: 0 }));
    const activations = Float32Array.from(words, word => word.trim().length / 4);
    host.send({ type: 'reply', id, value: { tokens, activations } });
  } else host.send({ type: 'reply', id, value: null });
}

Object.assign(globalThis, {
  acquireVsCodeApi: () => ({
    postMessage: hear,
    getState: () => host.state,
    setState: (state: unknown) => (host.state = state),
  }),
});
