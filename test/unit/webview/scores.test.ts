import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scoreGraph } from '../../../src/attribution/graph-of-matrix.ts';
import { isFeatureKind } from '../../../src/graph/node-kinds.ts';
import { graphModel } from '../../../webview/model/graph-model.ts';
import { pinnedScores } from '../../../webview/model/pinned-scores.ts';
import { at, layeredGraph, smallModel } from './graphs.ts';

const near = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
};

describe('scores of the pinned part', () => {
  test('with everything pinned they are the scores of the graph', () => {
    const graph = layeredGraph(4, 3, 4, 8);
    const model = graphModel(graph);
    const pinned = new Set(model.nodes.flatMap(({ kind }, i) => (isFeatureKind(kind) ? [i] : [])));
    const [part, whole] = [pinnedScores(model, pinned), scoreGraph(graph)];
    near(part.replacement, whole.replacement);
    near(part.completeness, whole.completeness);
    near(part.strictCompleteness, whole.strictCompleteness);
  });

  test('with nothing pinned the features are errors', () => {
    const part = pinnedScores(smallModel(), new Set());
    // The logit's inputs: c 3 and the error 1 fold together, b -1: all errors. No token reaches it.
    assert.equal(part.replacement, 0);
    assert.equal(part.strictCompleteness, 0);
  });

  test('by hand: c and a pinned, b folded', () => {
    const model = smallModel();
    const { replacement, strictCompleteness } = pinnedScores(
      model,
      new Set([at(model, '1_12_2'), at(model, '0_10_1')]),
    );
    // Logit (.6): c 3/5, error 1/5, b 1/5. c: a 3/4, b 1/4. a: its token. Tokens 3/5 * 3/4, errors 2/5 + 3/5 * 1/4.
    near(replacement, 0.45);
    // Logit 1 * 3/5, c 3/5 * 3/4, a 9/20 * 1, over 1 + 3/5 + 9/20.
    near(strictCompleteness, (0.6 + 0.45 + 0.45) / (1 + 0.6 + 0.45));
  });

  test('what is folded together adds up with its signs', () => {
    const model = smallModel();
    const { links } = model;
    // c is folded into the error of its place, which the logit has with weight 1: together 3 - 1 = 2 if c's is negative.
    const weights = links.weights.map((weight, i) => (links.sources[i] === at(model, '1_12_2') ? -3 : weight));
    const turned = graphModel({ ...model.graph, links: { ...links, weights } });
    const part = pinnedScores(turned, new Set([at(model, '0_11_2')]));
    // Logit: folded -3 + 1 = -2, b -1. b: its token.
    near(part.replacement, 1 / 3);
  });
});
