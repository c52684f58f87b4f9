import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly author?: string | { readonly name?: string };
  readonly repository?: string | { readonly url?: string };
}

/** Permissive licences, whose texts must go with the program. Anything else is looked at by a person first. */
const KNOWN = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'MIT-0']);

/** The packages that are part of the program, each with its licence. Throws for one without a licence that is known. */
export async function thirdPartyNotices(modules: string, packages: readonly string[]): Promise<string> {
  const parts = [
    'Third-party notices\n\nCircuit Explorer contains the following packages. Each is used under its own licence.',
  ];
  for (const name of [...new Set(packages)].sort()) {
    const folder = join(modules, name);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    const { version, license = 'unknown' } = manifest;
    if (!KNOWN.has(license)) throw new Error(`The licence of ${name} is "${license}": see whether it may be packed.`);
    const text = (await licenceText(folder)) ?? `Licensed under ${license}. Copyright ${authorOf(name, manifest)}.`;
    parts.push(`${'-'.repeat(80)}\n${name} ${version} (${license})\n${addressOf(manifest)}\n\n${text.trim()}`);
  }
  return `${parts.join('\n\n')}\n`;
}

async function licenceText(folder: string): Promise<string | undefined> {
  const files = (await readdir(folder)).filter(name => /^(licen[cs]e|copying|notice)/i.test(name));
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')));
  return texts.length === 0 ? undefined : texts.join('\n\n');
}

function addressOf({ homepage, repository }: Manifest): string {
  const url = homepage ?? (typeof repository === 'string' ? repository : repository?.url) ?? '';
  return url.replace(/^git\+/, '').replace(/\.git$/, '');
}

function authorOf(name: string, { author }: Manifest): string {
  const who = typeof author === 'string' ? author : author?.name;
  return name.startsWith('onnxruntime') ? 'Microsoft Corporation' : (who ?? `the authors of ${name}`);
}
