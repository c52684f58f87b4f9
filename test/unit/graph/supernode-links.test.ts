import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { indexedLinks, type IndexedLinks } from '../../../src/graph/strongest-links.ts';
import { supernodeLinks } from '../../../src/graph/supernode-links.ts';

type Triple = readonly [source: number, target: number, weight: number];

function linksOf(nodes: number, triples: readonly Triple[]): IndexedLinks {
  const links = {
    sources: Uint32Array.from(triples, ([source]) => source),
    targets: Uint32Array.from(triples, ([, target]) => target),
    weights: Float64Array.from(triples, ([, , weight]) => weight),
  };
  return indexedLinks(links, nodes);
}

/** The formula of sheet S4 as it is written there, over a dense matrix. */
function bruteForce(nodes: number, triples: readonly Triple[], S: readonly number[], T: readonly number[]): number {
  const A = Array.from({ length: nodes }, () => new Float64Array(nodes));
  for (const [s, t, weight] of triples) A[s][t] += weight;
  const inputs = (t: number, of: (s: number) => boolean): number =>
    A.reduce((sum, row, s) => sum + (of(s) ? Math.abs(row[t]) : 0), 0);
  const I = (t: number): number => inputs(t, () => true);
  const E = (t: number): number => inputs(t, s => !T.includes(s));
  const ratio = (t: number): number => (I(t) === 0 ? 0 : E(t) / I(t));
  const whole = T.reduce((sum, t) => sum + ratio(t), 0);
  let above = 0;
  for (const t of T) for (const s of S) if (E(t) > 0) above += (A[s][t] / E(t)) * ratio(t);
  return above / whole;
}

describe('links between supernodes', () => {
  test('by hand: a member whose inputs come from within its group counts less', () => {
    // t0 takes 3 from s and 1 from x; t1 takes 6 from t0 and -2 from s. I = 4, 8; E = 4, 2; weights 1 and 1/4.
    const links = linksOf(4, [
      [0, 2, 3],
      [1, 2, 1],
      [2, 3, 6],
      [0, 3, -2],
    ]);
    assert.deepEqual(supernodeLinks(links, [[0], [1], [2, 3]]), [
      { source: 0, target: 2, weight: (3 / 4 - 2 / 8) / (1 + 1 / 4) },
      { source: 1, target: 2, weight: 1 / 4 / (1 + 1 / 4) },
    ]);
  });

  test('of single nodes it is the share of the inputs', () => {
    const links = linksOf(3, [
      [0, 2, 3],
      [1, 2, -1],
    ]);
    assert.deepEqual(supernodeLinks(links, [[0], [1], [2]]), [
      { source: 0, target: 2, weight: 0.75 },
      { source: 1, target: 2, weight: -0.25 },
    ]);
  });

  test('members without inputs, links of no weight and empty groups do no harm', () => {
    const links = linksOf(4, [
      [0, 2, 0],
      [1, 2, 2],
    ]);
    assert.deepEqual(supernodeLinks(links, [[0], [2, 3], []]), []);
    assert.deepEqual(supernodeLinks(links, [[1], [2, 3], [0]]), [{ source: 0, target: 1, weight: 1 }]);
  });

  test('as the formula written out, on random graphs and groups', () => {
    let state = 7;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    for (let round = 0; round < 40; round++) {
      const nodes = 12;
      const triples: Triple[] = [];
      for (let t = 1; t < nodes; t++)
        for (let s = 0; s < t; s++) if (random() < 0.5) triples.push([s, t, random() - 0.4]);
      const groups: number[][] = [[], [], [], []];
      // The last is no group: what no box holds counts as outside.
      for (let node = 0; node < nodes; node++) groups.at(Math.floor(random() * 5))?.push(node);
      const found = supernodeLinks(linksOf(nodes, triples), groups);
      let compared = 0;
      groups.forEach((S, source) => {
        groups.forEach((T, target) => {
          if (source === target || S.length === 0 || T.length === 0) return;
          const weight = found.find(link => link.source === source && link.target === target)?.weight ?? 0;
          const expected = bruteForce(nodes, triples, S, T);
          assert.ok(Math.abs(weight - (Number.isNaN(expected) ? 0 : expected)) < 1e-12, `${weight}, not ${expected}`);
          if (weight !== 0) compared++;
        });
      });
      assert.ok(compared > 0 && found.every(({ weight }) => Math.abs(weight) <= 1 + 1e-12));
      const intoOne = groups.map((_, target) =>
        found.reduce((sum, link) => sum + (link.target === target ? Math.abs(link.weight) : 0), 0),
      );
      assert.ok(
        intoOne.every(sum => sum <= 1 + 1e-12),
        'a group gets no more than all of its inputs',
      );
    }
  });
});
