/**
 * Mesa's Vulkan driver that computes on the processor, for machines without a graphics card: its Debian packages are
 * downloaded and unpacked into a folder of their own, and nothing of the system is changed. Debian 12's Mesa 22 is refused
 * by WebGPU, so there it comes from the backports.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = join(import.meta.dirname, '../../node_modules/.cache/software-vulkan');
const PACKAGES = ['mesa-vulkan-drivers', 'libvulkan1'];

/** What a process needs to find the driver. */
export interface VulkanEnvironment {
  readonly LD_LIBRARY_PATH: string;
  readonly VK_DRIVER_FILES: string;
}

/** Unpacks the driver unless that was done before. Errors: what apt-get says. */
export async function softwareVulkan(say: (line: string) => void): Promise<VulkanEnvironment> {
  const there = await access(FOLDER).then(
    () => true,
    () => false,
  );
  if (!there) await unpack(say);
  const root = join(FOLDER, 'root');
  const libraries = await folderOf(root, 'libvulkan_lvp.so');
  const driver = join(FOLDER, 'software.json');
  const icd = { file_format_version: '1.0.0', ICD: { library_path: join(libraries, 'libvulkan_lvp.so'), api_version: '1.3.0' } }; // prettier-ignore
  await writeFile(driver, JSON.stringify(icd));
  const before = process.env.LD_LIBRARY_PATH;
  return { LD_LIBRARY_PATH: [libraries, ...(before === undefined ? [] : [before])].join(':'), VK_DRIVER_FILES: driver };
}

async function unpack(say: (line: string) => void): Promise<void> {
  const folder = `${FOLDER}.${process.pid}`;
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'archives/partial'), { recursive: true });
  await mkdir(join(folder, 'root'));
  try {
    say('Fetching the list of packages ...');
    const suite = await writeSources(folder);
    const options = [
      `Dir::Etc::SourceList=${join(folder, 'sources.list')}`,
      'Dir::Etc::SourceParts=/dev/null',
      `Dir::State::Lists=${join(folder, 'lists')}`,
      `Dir::Cache::archives=${join(folder, 'archives')}`,
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      'APT::Sandbox::User=root',
    ].flatMap(option => ['-o', option]);
    const apt = (...args: string[]): Promise<string> => output('apt-get', [...args, ...options], folder);
    await apt('update', '-qq');
    const planned = await apt('install', '-s', '--no-install-recommends', ...suite, ...PACKAGES);
    // Inst libdrm2 [2.4.114-1] (2.4.123-1~bpo12+1 Debian Backports:... [amd64])
    const wanted = [...planned.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(
      ([, name, version]) => `${name}=${version}`,
    );
    say(`Downloading ${wanted.length} packages ...`);
    await apt('download', '-qq', ...wanted);
    for (const name of await readdir(folder)) {
      if (name.endsWith('.deb')) await output('dpkg', ['-x', name, 'root'], folder);
    }
    await rename(folder, FOLDER);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The system's own sources in one list, with the backports where they are needed; the options that then choose them. */
async function writeSources(folder: string): Promise<string[]> {
  const targets = await output('apt-get', ['indextargets', '--format', 'deb $(SITE) $(RELEASE) $(COMPONENT)'], folder);
  const lines = new Set(targets.trim().split('\n'));
  const release = await readFile('/etc/os-release', 'utf8');
  const needsBackports = /^VERSION_CODENAME=bookworm$/m.test(release);
  const main = [...lines].find(line => / bookworm main$/.test(line));
  if (needsBackports && main !== undefined) lines.add(main.replace(' bookworm ', ' bookworm-backports '));
  await writeFile(join(folder, 'sources.list'), `${[...lines].join('\n')}\n`);
  return needsBackports ? ['-t', 'bookworm-backports'] : [];
}

async function folderOf(root: string, file: string): Promise<string> {
  const found = (await readdir(root, { recursive: true })).find(path => path.endsWith(`/${file}`));
  if (found === undefined) throw new Error(`${file} is not in ${root}`);
  return join(root, found.slice(0, -file.length - 1));
}

async function output(command: string, args: string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 1e8 });
  return stdout;
}
