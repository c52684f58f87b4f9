import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { assertRefuses, circuit, circuitJson, filesBelow, program } from '../support/cli.ts';
import { HubServer } from '../support/hub-server.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

const PACK = join(import.meta.dirname, '../../models/pack');
const MODEL = 'circuit/facts';
const DICTIONARY = 'circuit/facts-clt';
const PAIR = ['--model', MODEL, '--dictionary', DICTIONARY];
const [FILE_TROUBLE, USAGE, HUB_TROUBLE] = [3, 2, 5];

interface Added {
  added: { kind: string; id: string | null; commit: string; folder: string }[];
  downloaded: number;
  memory: { private: number } | null;
}

interface Listed {
  cache: string;
  cached: {
    repo: string;
    revision: string;
    kind: string;
    bytes: number;
    files: number;
    broken: string[];
    dictionaries: string[];
  }[];
  folders: { folder: string; kind: string }[];
  published: { name: string; model: string; dictionary: string; dictionary_bytes: number | null; here: boolean }[];
}

/** A hub with the embedded pack as two repositories, and an environment of its own for the program. */
async function hub(test: TestContext) {
  await program();
  const server = await new HubServer().start(test);
  server.add(MODEL, await filesOf(join(PACK, 'model')));
  server.add(DICTIONARY, await filesOf(join(PACK, 'dictionary')));
  const home = await temporaryFolder(test);
  const env = {
    HF_ENDPOINT: server.endpoint,
    HF_HOME: join(home, 'hf'),
    XDG_CONFIG_HOME: join(home, 'config'),
    APPDATA: join(home, 'config'),
    HF_TOKEN: '',
    HUGGING_FACE_HUB_TOKEN: '',
    HF_TOKEN_PATH: '',
    HF_HUB_CACHE: '',
    HUGGINGFACE_HUB_CACHE: '',
    HF_HUB_OFFLINE: '',
    HTTP_PROXY: '',
    HTTPS_PROXY: '',
    ALL_PROXY: '',
    http_proxy: '',
    https_proxy: '',
    all_proxy: '',
  };
  return { server, home, cache: join(home, 'hf', 'hub'), env };
}

/** Links are followed. */
async function filesOf(folder: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return Object.fromEntries(
    await Promise.all(
      names.map(async name => [name.replaceAll('\\', '/'), await readFile(join(folder, name))] as const),
    ),
  );
}

describe('circuit model add', () => {
  test('a pair from the hub: traced by its ids, it gives the graph of its folders', async t => {
    const { server, home, env } = await hub(t);
    const { added, downloaded, memory } = await circuitJson<Added>(
      ['model', 'add', MODEL, '--dictionary', DICTIONARY],
      { env },
    );
    assert.deepEqual(
      added.map(({ kind, id }) => [kind, id]),
      [
        ['model', MODEL],
        ['dictionary', DICTIONARY],
      ],
    );
    assert.ok(downloaded > 11e6 && downloaded < 13e6, String(downloaded));
    assert.ok((memory?.private ?? 0) > 1e8);
    assert.deepEqual(await filesOf(added[0].folder), await filesOf(join(PACK, 'model')));

    const prompt = ['trace', '--prompt', 'Fact: the capital of the state containing Dallas is', '--no-labels'];
    const trace = async (name: string, models: string[]) => {
      const out = join(home, name);
      await circuitJson([...prompt, ...models, '--out', out], { env });
      return JSON.parse(await readFile(out, 'utf8')) as {
        metadata: Record<string, unknown>;
        nodes: unknown[];
        links: unknown[];
      };
    };
    const [byId, byFolder] = [
      await trace('id.json', PAIR),
      await trace('folder.json', ['--model', join(PACK, 'model'), '--dictionary', join(PACK, 'dictionary')]),
    ];
    assert.deepEqual(byId.nodes, byFolder.nodes);
    assert.deepEqual(byId.links, byFolder.links);
    assert.ok(byId.links.length > 0);
    assert.ok(JSON.stringify(byId.metadata).includes(`"name":"${MODEL}"`));

    const before = server.contentRequests.length;
    const again = await circuitJson<Added>(['model', 'add', MODEL, '--dictionary', DICTIONARY], { env });
    assert.equal(again.downloaded, 0);
    assert.equal(server.contentRequests.length, before);
  });

  test('ids that are in the cache work for model, predict, selfcheck and features, without a network', async t => {
    const { server, env } = await hub(t);
    await circuitJson(['model', 'add', MODEL, '--dictionary', DICTIONARY, '--features'], { env });
    server.stop();
    const offline = { env: { ...env, HF_HUB_OFFLINE: '1' } };
    const described = await circuitJson<{ model: { layers: number } }>(['model', ...PAIR, '--no-providers'], offline);
    assert.equal(described.model.layers, 6);
    const predicted = await circuitJson<object>(['predict', '--model', `${MODEL}@main`, '--tokens', '0,5,11'], offline);
    assert.ok(predicted);
    const checked = await circuitJson<{ passed: boolean }>(['selfcheck', ...PAIR], offline);
    assert.ok(checked.passed);
    const { code } = await circuit(['features', 'list', '--dictionary', DICTIONARY, '--json'], offline);
    assert.equal(code, 0);
  });

  test('a feature of an index that is on the hub alone is read by its range of bytes', async t => {
    const { server, env } = await hub(t);
    await circuitJson(['model', 'add', MODEL, '--dictionary', DICTIONARY], { env });
    const before = server.contentRequests.length;
    const show = (dictionary: string) =>
      circuitJson(['features', 'show', '4/526', '--dictionary', dictionary], { env });
    assert.deepEqual(await show(DICTIONARY), await show(join(PACK, 'dictionary')));
    const [request, ...others] = server.contentRequests.slice(before);
    assert.deepEqual(others, []);
    assert.match(request.range ?? '', /^bytes=\d+-\d+$/);
    server.fail(/features.*\.bin/, { kind: 'whole' });
    await assertRefuses(
      ['features', 'show', '4/527', '--dictionary', DICTIONARY],
      HUB_TROUBLE,
      ['does not send bytes', '--features'],
      { env },
    );
    await assertRefuses(
      ['features', 'list', '--dictionary', DICTIONARY],
      FILE_TROUBLE,
      ['index.json.gz', '--features'],
      { env },
    );
  });

  test('the name of a published set, a dictionary whose files lie in another repository', async t => {
    const { server, env } = await hub(t);
    const reference = await referenceCase('qwen3-plt-relu');
    const dictionary = await filesOf(join(reference, 'transcoders'));
    const layers = Object.keys(dictionary)
      .filter(name => name.endsWith('.safetensors'))
      .sort();
    const commit = server.add(
      'elsewhere/layers',
      Object.fromEntries(layers.map(name => [`sub/${name}`, dictionary[name]])),
    );
    const listed = layers.map(name => `  - "hf://elsewhere/layers/sub/${name}?revision=${commit}"\n`).join('');
    server.add('Qwen/Qwen3-0.6B', await filesOf(join(reference, 'model')));
    server.add('mwhanna/qwen3-0.6b-transcoders-lowl0', {
      'config.yaml': `${dictionary['config.yaml'].toString()}\ntranscoders:\n${listed}`,
    });
    const { added } = await circuitJson<Added>(['model', 'add', 'qwen3-0.6b'], { env });
    assert.equal(added.length, 2);
    const ids = ['--model', 'Qwen/Qwen3-0.6B', '--dictionary', 'mwhanna/qwen3-0.6b-transcoders-lowl0'];
    const described = await circuitJson<{ dictionary: { layers: number } }>(['model', ...ids, '--no-providers'], {
      env,
    });
    assert.equal(described.dictionary.layers, layers.length);
  });

  test('a folder of a repository with several dictionaries', async t => {
    const { server, env } = await hub(t);
    const files = Object.entries(await filesOf(join(PACK, 'dictionary')));
    server.add(
      'circuit/many',
      Object.fromEntries(['a', 'b/c'].flatMap(folder => files.map(([name, bytes]) => [`${folder}/${name}`, bytes]))),
    );
    await assertRefuses(
      ['model', 'add', 'circuit/many'],
      FILE_TROUBLE,
      ['holds no dictionary', 'circuit/many//a', 'circuit/many//b/c'],
      { env },
    );
    const { added } = await circuitJson<Added>(['model', 'add', 'circuit/many//b/c'], { env });
    assert.equal(added[0].kind, 'dictionary');
    assert.deepEqual(await readdir(join(added[0].folder, '../..')), ['b']);
    assert.equal((await circuit(['model', '--dictionary', 'circuit/many//b/c', '--no-providers'], { env })).code, 0);
  });

  test('revisions are kept apart', async t => {
    const { server, env } = await hub(t);
    const old = await filesOf(join(PACK, 'model'));
    const commit = server.add(MODEL, { ...old, 'generation_config.json': '{"old": true}' }, { ref: 'v1' });
    const { added } = await circuitJson<Added>(['model', 'add', MODEL, '--revision', 'v1'], { env });
    assert.equal(added[0].commit, commit);
    assert.equal((await circuit(['predict', '--model', `${MODEL}@v1`, '--tokens', '0,5'], { env })).code, 0);
    await assertRefuses(
      ['predict', '--model', MODEL, '--tokens', '0,5'],
      FILE_TROUBLE,
      ['revision main', 'there are v1', `circuit model add ${MODEL}`],
      { env },
    );
  });

  test('large downloads need --yes where nobody can be asked; nothing is fetched before', async t => {
    const { server, env } = await hub(t);
    const config = await readFile(join(PACK, 'model/config.json'));
    server.add(MODEL, { 'config.json': config, 'model.safetensors': Buffer.alloc(101e6) });
    const { stderr } = await circuit(['model', 'add', MODEL], { env });
    assert.match(stderr, /101 MB are to be downloaded/);
    assert.match(stderr, /download +101 MB of 101 MB; the disk of .* has .* free/);
    assert.match(stderr, /memory +about .* for a trace of 16 tokens/);
    assert.match(stderr, /Give --yes/);
    assert.equal(server.contentRequests.length, 0);
  });

  test('Ctrl-C keeps what has arrived; until the rest is there the id is not taken; the next run goes on', async t => {
    const { server, env, cache } = await hub(t);
    server.fail(/^\/cdn\//, { kind: 'silence', after: 2_000_000 });
    const interrupted = circuit(['model', 'add', MODEL], {
      env,
      onOutput: (child, text) => {
        if (!text.includes('download')) return;
        // By then the bytes have left the server.
        setTimeout(() => child.kill('SIGINT'), 1500);
      },
    });
    assert.equal((await interrupted).code, 130);
    const left = (await filesBelow(cache)).filter(name => name.includes('.incomplete'));
    assert.equal(left.length, 1);
    assert.equal((await filesBelow(cache)).filter(name => name.endsWith('.tmp')).length, 0);
    await assertRefuses(['predict', '--model', MODEL, '--tokens', '0,5'], FILE_TROUBLE, ['circuit model add'], { env });
    await circuitJson(['model', 'add', MODEL], { env });
    assert.deepEqual(
      server.contentRequests.map(({ range }) => range),
      [undefined, 'bytes=2000000-'],
    );
    assert.equal((await circuit(['predict', '--model', MODEL, '--tokens', '0,5'], { env })).code, 0);
  });

  test('a gated model: without a token, with one that has no access, with one that has', async t => {
    const { server, env, home } = await hub(t);
    const repository = server.repositories.get(MODEL)!;
    repository.gated = true;
    repository.token = 'hf_good';
    await assertRefuses(
      ['model', 'add', MODEL],
      HUB_TROUBLE,
      [`${MODEL} is gated`, 'HF_TOKEN', `${server.endpoint}/${MODEL}`],
      { env },
    );
    await assertRefuses(['model', 'add', MODEL], HUB_TROUBLE, ['the token from HF_TOKEN has no access'], {
      env: { ...env, HF_TOKEN: 'hf_bad' },
    });
    await mkdir(join(home, 'hf'), { recursive: true });
    await writeFile(join(home, 'hf/token'), 'hf_good\n');
    await circuitJson(['model', 'add', MODEL], { env });
    const told = server.requests
      .filter(({ path }) => path.startsWith('/cdn/'))
      .map(({ authorization }) => authorization);
    assert.ok(told.length > 0);
    assert.ok(
      told.every(value => value === undefined),
      'the token went to another machine than the hub',
    );
  });

  test('what is not there, and a hub that cannot be reached', async t => {
    const { server, env } = await hub(t);
    await assertRefuses(['model', 'add', 'circuit/nothing'], HUB_TROUBLE, ['no repository circuit/nothing'], { env });
    await assertRefuses(['model', 'add', MODEL, '--revision', 'v9'], HUB_TROUBLE, ['no revision v9'], { env });
    await assertRefuses(
      ['model', 'add', MODEL, '--dictionary', `${DICTIONARY}//no/folder`],
      HUB_TROUBLE,
      ['no/folder'],
      { env },
    );
    await assertRefuses(['model', 'add', './nowhere'], USAGE, ['neither a folder nor a hub id'], { env });
    await assertRefuses(['model', 'add'], USAGE, ['ID|FOLDER is missing'], { env });
    await assertRefuses(['model', 'add', MODEL], HUB_TROUBLE, ['HF_HUB_OFFLINE'], {
      env: { ...env, HF_HUB_OFFLINE: '1' },
    });
    await assertRefuses(['model', 'add', MODEL], USAGE, ['HF_ENDPOINT'], { env: { ...env, HF_ENDPOINT: 'nonsense' } });
    assert.equal(server.contentRequests.length, 0);
  });

  test('a model that cannot be run is told before its weights are fetched', async t => {
    const { server, env } = await hub(t);
    server.add('circuit/odd', { 'config.json': '{"model_type": "mamba"}', 'model.safetensors': 'x' });
    await assertRefuses(['model', 'add', 'circuit/odd'], FILE_TROUBLE, ['mamba'], { env });
    server.add('circuit/pickle', { 'config.json': '{}', 'pytorch_model.bin': 'x' });
    await assertRefuses(['model', 'add', 'circuit/pickle'], FILE_TROUBLE, ['no .safetensors', 'pytorch_model.bin'], {
      env,
    });
    assert.equal(server.contentRequests.length, 0);
  });

  test('a dictionary of another model', async t => {
    const { server, env } = await hub(t);
    server.add('circuit/other', await filesOf(join(await referenceCase('llama3-plt-jumprelu'), 'transcoders')));
    const { code, stderr } = await circuit(['model', 'add', MODEL, '--dictionary', 'circuit/other'], { env });
    assert.equal(code, FILE_TROUBLE, stderr);
    assert.match(stderr, /The dictionary was made for another model/);
  });

  test('names that lead out of the folder are refused, and nothing is written', async t => {
    const { server, env, home } = await hub(t);
    for (const name of ['../../../../evil.json', '/evil.json', 'a\\..\\evil.json', 'a/../../evil.json']) {
      server.add('circuit/evil', { 'config.json': '{}', [name]: 'evil' });
      await assertRefuses(['model', 'add', 'circuit/evil'], FILE_TROUBLE, ['could lead out of its folder'], { env });
    }
    assert.deepEqual(await filesBelow(home), []);
  });

  test('a folder is checked and remembered', async t => {
    const { env, home } = await hub(t);
    const own = join(home, 'own');
    await cp(join(PACK, 'model'), own, { recursive: true });
    const listed = async () => (await circuitJson<Listed>(['model', 'list'], { env })).folders;
    assert.deepEqual(await listed(), []);
    await circuitJson(['model', 'add', own, '--dictionary', join(PACK, 'dictionary')], { env });
    await circuitJson(['model', 'add', own], { env });
    assert.deepEqual(await listed(), [
      { folder: join(PACK, 'dictionary'), kind: 'dictionary' },
      { folder: own, kind: 'model' },
    ]);
    await rm(join(own, 'model.safetensors'));
    await assertRefuses(['model', 'add', own], FILE_TROUBLE, [own, 'no .safetensors'], { env });
    await writeFile(join(home, 'config/circuit-explorer/folders.json'), '[1');
    await assertRefuses(['model', 'list'], FILE_TROUBLE, ['folders.json', 'not a list of folders'], { env });
  });
});

describe('circuit model list', () => {
  test('what is in the cache, whoever put it there, and what is published', async t => {
    const { env, cache } = await hub(t);
    const empty = await circuitJson<Listed>(['model', 'list'], { env });
    assert.deepEqual([empty.cache, empty.cached], [cache, []]);
    assert.equal(empty.published.find(({ name }) => name === 'qwen3-4b')?.dictionary_bytes, 57 * 2 ** 30);
    assert.equal(empty.published.find(({ name }) => name === 'gemma-2-2b')?.dictionary_bytes, null);

    await circuitJson(['model', 'add', MODEL, '--dictionary', DICTIONARY], { env });
    // As Python leaves a file that is no model.
    await mkdir(join(cache, 'models--some--thing/snapshots', '0'.repeat(40)), { recursive: true });
    await writeFile(join(cache, 'models--some--thing/snapshots', '0'.repeat(40), 'README.md'), 'text');
    const { cached } = await circuitJson<Listed>(['model', 'list'], { env });
    assert.deepEqual(
      cached.map(({ repo, revision, kind }) => [repo, revision, kind]),
      [
        [MODEL, 'main', 'model'],
        [DICTIONARY, 'main', 'dictionary'],
      ],
    );
    assert.ok(cached[0].bytes > 5e6);
    const all = await circuitJson<Listed>(['model', 'list', '--all'], { env });
    assert.equal(all.cached.length, 3);
    const { stdout } = await circuit(['model', 'list'], { env });
    assert.match(stdout, /model +circuit\/facts +5\.\d+ MB in 4 files/);
    assert.match(stdout, /google\/gemma-2-2b \+ mntss\/gemma-scope-transcoders/);
  });

  test('--sizes asks the hub for what is not known', async t => {
    const { server, env } = await hub(t);
    server.add('mntss/gemma-scope-transcoders', {
      'config.yaml': '{}',
      'layer_0.safetensors': Buffer.alloc(1234),
      'features/layer_0.bin': Buffer.alloc(99),
    });
    const { published } = await circuitJson<Listed>(['model', 'list', '--sizes'], { env });
    assert.equal(published.find(({ name }) => name === 'gemma-2-2b')?.dictionary_bytes, 1236);
    assert.equal(published.find(({ name }) => name === 'llama-3.2-1b')?.dictionary_bytes, null);
  });

  test('a cache with broken links says what to do', async t => {
    const { env, cache } = await hub(t);
    await circuitJson(['model', 'add', MODEL], { env });
    await rm(join(cache, 'models--circuit--facts/blobs'), { recursive: true });
    const { cached } = await circuitJson<Listed>(['model', 'list'], { env });
    assert.equal(cached[0].broken.length, 4);
    await assertRefuses(
      ['predict', '--model', MODEL, '--tokens', '0,5'],
      FILE_TROUBLE,
      ['is a link to a file that is gone', `circuit model add ${MODEL}`],
      { env },
    );
    await circuitJson(['model', 'add', MODEL], { env });
    assert.equal((await circuit(['predict', '--model', MODEL, '--tokens', '0,5'], { env })).code, 0);
  });

  test('weights that are missing from the cache', async t => {
    const { env, cache } = await hub(t);
    const { added } = await circuitJson<Added>(['model', 'add', MODEL], { env });
    await rm(join(added[0].folder, 'model.safetensors'));
    await assertRefuses(
      ['predict', '--model', MODEL, '--tokens', '0,5'],
      FILE_TROUBLE,
      ['without its weights', 'circuit model add'],
      { env },
    );
    const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } };
    await writeFile(join(added[0].folder, 'model.safetensors.index.json'), JSON.stringify(index));
    await assertRefuses(
      ['predict', '--model', MODEL, '--tokens', '0,5'],
      FILE_TROUBLE,
      ['model-00001-of-00002.safetensors', 'circuit model add'],
      { env },
    );
    await assertRefuses(
      ['predict', '--model', 'circuit/never', '--tokens', '0,5'],
      FILE_TROUBLE,
      ['circuit/never', cache, 'circuit model add circuit/never'],
      { env },
    );
  });
});
