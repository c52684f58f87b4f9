import fc from 'fast-check';
import { mend } from '../../../src/graph/investigation/mend.ts';
import { rounded } from '../../../src/graph/investigation/order.ts';
import {
  ANNOTATION_COLOURS,
  VERDICTS,
  type Annotation,
  type Investigation,
  type InvestigationEdit,
} from '../../../src/graph/investigation/types.ts';

/** An investigation with something of everything. */
export const example: Investigation = {
  version: 1,
  prompt: 'Fact: the capital of the state containing Dallas is',
  graph: { file: 'dallas.graph.json', sha256: '0123456789abcdef'.repeat(4) },
  model: { name: 'embedded', sha256: 'aa' },
  dictionary: { name: 'embedded', sha256: 'bb' },
  source: { file: '../prompts.md', start: 120 },
  settings: { target: '" Austin"', maxFeatureNodes: 5000, nodeThreshold: 0.8, edgeThreshold: 0.98 },
  notes: 'Two hops:\nDallas, Texas, Austin.',
  pinned: ['1_20_8', '3_17_8', '7_42_10'],
  supernodes: [
    { id: 'capital', name: 'say a capital', members: ['4_2_9', '4_8_9'] },
    { id: 'texas', name: 'Texas', colour: 'blue', members: ['3_17_8', '3_90_8'] },
  ],
  annotations: [
    {
      layer: 3,
      feature: 17,
      label: 'Texas',
      tags: ['place', 'state'],
      verdict: 'relevant',
      evidence: ['ablated: -.8'],
    },
    { layer: 4, feature: 2, note: 'fires on every relation' },
  ],
};

const nodeId = fc
  .tuple(fc.nat({ max: 6 }), fc.nat({ max: 9 }), fc.nat({ max: 4 }))
  .map(([layer, feature, position]) => `${layer}_${feature}_${position}`);
const nodes = fc.uniqueArray(nodeId, { maxLength: 6 });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map(given => (given === undefined ? {} : { [key]: given }));
const share = fc.double({ min: 0, max: 1, noNaN: true }).map(rounded);
const groupId = fc.constantFrom('a', 'b', 'texas', 'texas-2', 'group-1');

const fields = fc
  .tuple(
    optional('label', text.filter(isPlain)),
    optional('note', text.filter(isPlain)),
    optional('tags', fc.uniqueArray(text.filter(isPlain), { minLength: 1, maxLength: 3 })),
    optional('verdict', fc.constantFrom(...VERDICTS)),
    optional('colour', fc.constantFrom(...ANNOTATION_COLOURS)),
    optional('evidence', fc.array(text.filter(isPlain), { minLength: 1, maxLength: 3 })),
  )
  .map(parts => Object.assign({}, ...parts) as Partial<Annotation>);

function isPlain(value: string): boolean {
  return value !== '' && value.trim() === value && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
}

const annotation = fc
  .tuple(fc.nat({ max: 6 }), fc.nat({ max: 9 }), fields)
  .map(([layer, feature, rest]): Annotation => ({ layer, feature, ...rest }));

/** Investigations as a program writes them: in order, and whole. */
export const investigations: fc.Arbitrary<Investigation> = fc
  .record({
    prompt: text,
    settings: fc.record({ nodeThreshold: share, edgeThreshold: share }, { noNullPrototype: true }),
    pinned: nodes,
    supernodes: fc.array(
      fc
        .tuple(groupId, text.filter(isPlain), fc.uniqueArray(nodeId, { minLength: 1, maxLength: 5 }))
        .map(([id, name, members]) => ({ id, name, members })),
      { maxLength: 4 },
    ),
    annotations: fc.array(annotation, { maxLength: 5 }),
  })
  .map(drawn => mend({ version: 1, graph: { file: 'x.graph.json' }, ...drawn }).investigation);

/** Edits of every kind, sensible or not. */
export const edits: fc.Arbitrary<InvestigationEdit> = fc.oneof(
  fc.record({ kind: fc.constant('pin' as const), nodes }),
  fc.record({ kind: fc.constant('unpin' as const), nodes }),
  fc
    .tuple(nodes, optional('id', groupId), optional('name', text))
    .map(([given, id, name]) => ({ kind: 'group' as const, nodes: given, ...id, ...name })),
  fc.record({ kind: fc.constant('ungroup' as const), nodes }),
  fc.record({ kind: fc.constant('rename-group' as const), id: groupId, name: text }),
  fc.record({
    kind: fc.constant('colour-group' as const),
    id: groupId,
    colour: fc.option(fc.constantFrom(...ANNOTATION_COLOURS)),
  }),
  fc.record({
    kind: fc.constant('annotate' as const),
    layer: fc.nat({ max: 6 }),
    feature: fc.nat({ max: 9 }),
    change: fc.oneof(fields, fc.constant({ label: null, tags: [] }), fc.constant({ note: '', verdict: null })),
  }),
  fc.record({ kind: fc.constant('notes' as const), text }),
  fc.record({ kind: fc.constant('thresholds' as const), nodeThreshold: fc.double(), edgeThreshold: share }),
);
