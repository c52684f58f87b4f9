import { KEYS } from './keys.ts';

/** What shapes, lines and colours mean. */
export function Legend() {
  return (
    <ul class="legend">
      <li>
        <span class="sample feature" /> feature: a direction that the dictionary learned
      </li>
      <li>
        <span class="sample error" /> reconstruction error: what the dictionary misses
      </li>
      <li>
        <span class="sample token" /> embedding of a token
      </li>
      <li>
        <span class="sample logit" /> output that is explained
      </li>
      <li>
        <span class="sample pinned" /> pinned: in the subgraph
      </li>
      <li>
        <span class="line positive" /> raises what it points to
      </li>
      <li>
        <span class="line negative" /> lowers it
      </li>
      <li class="caption">Lines go up; the wider, the larger the effect. Columns are tokens, rows are layers.</li>
      <li class="caption">In the subgraph a line's width is its share of the inputs of what it points to.</li>
    </ul>
  );
}

export function Keys() {
  return (
    <dl class="keys">
      {KEYS.map(([keys, does]) => (
        <div key={keys}>
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}
