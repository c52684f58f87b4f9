/** The arrows of docs/architecture.md: inside src only downwards. */
const only = (room, allowed) => ({
  name: `${room}-imports-downwards`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/[^/]+/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
});
module.exports = {
  forbidden: [
    // The operators are mutually recursive by nature: the derivative of one is written with the others.
    { name: 'no-circular', severity: 'error', from: { pathNot: '^src/onnx/ops/' }, to: { circular: true } },
    {
      name: 'src-is-pure',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(extension|webview|test|models)/|^vscode$' },
    },
    only('onnx', []),
    only('checkpoint', ['onnx']),
    only('transformer', ['checkpoint', 'onnx']),
    only('dictionary', ['checkpoint', 'onnx']),
    only('graph', ['checkpoint']),
    only('attribution', ['transformer', 'dictionary', 'checkpoint', 'onnx', 'graph']),
    only('intervention', ['attribution', 'transformer', 'dictionary', 'checkpoint', 'onnx', 'graph']),
    only('features', ['attribution', 'transformer', 'dictionary', 'checkpoint', 'onnx', 'graph']),
    only('training', ['attribution', 'transformer', 'dictionary', 'checkpoint', 'onnx', 'graph']),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
