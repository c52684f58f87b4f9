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
    only('trace', ['features', 'attribution', 'transformer', 'dictionary', 'checkpoint', 'onnx', 'graph']),
    only('engine', [
      'import',
      'trace',
      'intervention',
      'features',
      'attribution',
      'transformer',
      'dictionary',
      'checkpoint',
      'onnx',
      'graph',
    ]),
    {
      // The engine's process runs models; the extension host must stay quick.
      name: 'extension-runs-no-model',
      severity: 'error',
      from: { path: '^extension/' },
      to: {
        path: '^src/(onnx|transformer|dictionary|intervention|training|trace|cli|engine/(?!protocol|heap-options))|onnxruntime',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'webview-is-a-page',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^(extension|test|models|scripts)/|^vscode$|^node:', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
