import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { translatableTexts } from '../../../scripts/translatable-texts.ts';
import { DEFAULT_TRACE_SETTINGS } from '../../../src/trace/trace-settings.ts';

const root = join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

interface Item {
  readonly command?: string;
  readonly when?: string;
  readonly key?: string;
  readonly group?: string;
}
interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: string; readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string }[];
    readonly menus: Readonly<Record<string, readonly Item[]>>;
    readonly keybindings: readonly Item[];
    readonly configuration: readonly {
      readonly properties: Readonly<
        Record<string, { readonly default: unknown; readonly markdownDescription?: string; readonly scope?: string }>
      >;
    }[];
    readonly viewsWelcome: readonly Item[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly completionEvents: readonly string[];
        readonly media: { readonly markdown: string };
      }[];
    }[];
  };
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;
const strings = JSON.parse(read('package.nls.json')) as Record<string, string>;
const commands = contributes.commands.map(({ command }) => command);
const sources = readdirSync(join(root, 'extension'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => read(join('extension', name)));
const code = sources.join('\n');
const settings = Object.assign({}, ...contributes.configuration.map(({ properties }) => properties)) as Record<
  string,
  { default: unknown; markdownDescription?: string; scope?: string }
>;

/** Commands are registered by their whole name, or in tables by what comes after `circuit.` or after a group's name. */
function isRegistered(command: string): boolean {
  const [, ...parts] = command.split('.');
  const [name, last] = [parts.join('.'), parts.at(-1) ?? ''];
  return code.includes(`'${command}'`) || code.includes(`'${name}'`) || new RegExp(`\\b${last}(:|,|\\()`).test(code);
}

describe('the manifest', () => {
  test('every text that it names is there, and none is there that nobody names', () => {
    const named = [...read('package.json').matchAll(/"%([\w.-]+)%"/g)].map(([, name]) => name);
    assert.deepEqual(
      named.filter(name => !(name in strings)),
      [],
    );
    assert.deepEqual(
      Object.keys(strings).filter(name => !named.includes(name)),
      [],
    );
  });

  test('every command has a category, is carried out by the code, and every menu names one that is declared', () => {
    assert.equal(new Set(commands).size, commands.length);
    assert.deepEqual(
      contributes.commands.filter(({ category }) => category !== 'Circuit Explorer'),
      [],
    );
    assert.deepEqual(
      commands.filter(command => !isRegistered(command)),
      [],
    );
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map(({ command }) => command);
    assert.deepEqual(
      used.filter(command => command !== undefined && !commands.includes(command)),
      [],
    );
    const linked = Object.values(strings).flatMap(text => [...text.matchAll(/\(command:(circuit[\w.]*)/g)]);
    // The editor makes a command for each view.
    const focus = Object.values(contributes.views).flatMap(list => list.map(({ id }) => `${id}.focus`));
    assert.deepEqual(
      linked.map(([, command]) => command).filter(command => ![...commands, ...focus].includes(command)),
      [],
    );
  });

  test('every context key of this program in a condition is set in one place, and nowhere else', () => {
    const keys = read('extension/context-keys.ts');
    const conditions = JSON.stringify([contributes.menus, contributes.keybindings, contributes.viewsWelcome]);
    const views = ['circuit.investigation', 'circuit.graph', 'circuit.features', 'circuit.circuits', 'circuit.card'];
    const asked = [...conditions.matchAll(/"when":"((?:[^"\\]|\\.)*)"/g)]
      .flatMap(([, when]) => [...when.matchAll(/\bcircuit\.[\w.]+/g)])
      .map(([key]) => key)
      .filter(key => !views.includes(key) && !(key in settings));
    assert.deepEqual(
      [...new Set(asked)].filter(key => !keys.includes(`'${key}'`)),
      [],
    );
    const setters = sources.filter(source => source.includes("'setContext'"));
    assert.deepEqual(setters, [keys]);
  });

  test('every setting is explained and read, defaults are those of the engine, paths and providers wait for trust', () => {
    for (const [name, { markdownDescription }] of Object.entries(settings)) {
      assert.ok(markdownDescription !== undefined, name);
      const short = name.replace('circuit.', '');
      assert.ok(code.includes(`'${short}'`) || code.includes(`${short}:`), `nothing reads ${name}`);
    }
    for (const [name, value] of Object.entries(DEFAULT_TRACE_SETTINGS)) {
      assert.equal(settings[`circuit.${name}`].default, value, name);
    }
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.ok(
      ['circuit.model', 'circuit.dictionary', 'circuit.provider'].every(name =>
        restrictedConfigurations.includes(name),
      ),
    );
  });

  test('every setting says how far it reaches', () => {
    const scopes = ['machine', 'machine-overridable', 'resource'];
    assert.deepEqual(
      Object.entries(settings).filter(([, { scope }]) => scope === undefined || !scopes.includes(scope)),
      [],
    );
  });

  test('nothing starts it before it is needed, and it runs where the files are', () => {
    assert.deepEqual(manifest.activationEvents, []);
    assert.deepEqual(manifest.extensionKind, ['workspace']);
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  });

  test('every step of the walkthrough offers a command, and ends with one that is declared', () => {
    for (const { id, description, completionEvents } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
      assert.match(strings[description.replaceAll('%', '')], /\(command:/, id);
      for (const event of completionEvents) {
        const [kind, name] = event.split(':');
        const views = Object.values(contributes.views).flatMap(list => list.map(view => view.id));
        assert.ok((kind === 'onCommand' ? commands : views).includes(name), event);
      }
    }
  });

  test('models are imported from the palette, the title of both views and the walkthrough', () => {
    const { menus, walkthroughs } = contributes;
    const titles = menus['view/title'].filter(({ command }) => command === 'circuit.importModel');
    assert.deepEqual(titles.map(({ when }) => when).sort(), ['view == circuit.circuits', 'view == circuit.features']);
    assert.ok(!menus.commandPalette.some(({ command }) => command === 'circuit.importModel'), 'hidden at times');
    const steps = walkthroughs.flatMap(({ steps: each }) => each);
    assert.ok(steps.some(({ completionEvents }) => completionEvents.includes('onCommand:circuit.importModel')));
    assert.match(strings['walkthrough.model'], /\(command:circuit\.importModel\)/);
  });

  test('what it points to is there', () => {
    const media = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media: { markdown } }) => markdown));
    for (const path of [manifest.icon, ...media]) assert.ok(existsSync(join(root, path)), path);
    const local = [...read('package.json').matchAll(/"(?:\.\/)?(media\/[\w./-]+)"/g)].map(([, path]) => path);
    assert.deepEqual(
      local.filter(path => !existsSync(join(root, path))),
      [],
    );
  });
});

test("the extension's bundle holds no model code, and pages know nothing of the editor", async () => {
  await import('../../../scripts/build.ts');
  const bundle = read('dist/extension.cjs');
  assert.doesNotMatch(bundle, /onnxruntime/);
  // It sends nothing to anybody: what talks to the hub is in the engine.
  assert.doesNotMatch(bundle, /require\("(node:)?(http|https|http2|tls|dgram)"\)|[^.\w]fetch\(|createTelemetryLogger/);
  for (const page of ['graph', 'card']) {
    const script = read(`dist/webview/${page}.js`);
    assert.doesNotMatch(script, /require\(["'](?:vscode|node:)/);
  }
});

test('every text of the code can be translated', async () => {
  const texts = await translatableTexts(join(root, 'extension'), join(root, 'webview'));
  assert.ok(Object.keys(texts).length > 50);
  assert.equal(texts.Trace, 'Trace');
  assert.ok('The work was cancelled.' in texts, 'also those of files that do not know the editor');
  assert.ok('Strongest inputs' in texts, 'and what pages say');
});
