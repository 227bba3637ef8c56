/** The rooms and the arrows between them: who may import whom, and that files and tables go in pairs. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { handlers } from '../handlers/handlers.ts';
import { kinds } from '../catalogue/kinds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each room and the rooms that it may import. */
const ARROWS: Record<string, readonly string[]> = {
  errors: [],
  files: [],
  generated: [],
  csv: ['models', 'errors'],
  upstream: ['files', 'errors'],
  models: ['errors'],
  remote: ['upstream', 'models', 'errors'],
  catalogue: ['remote', 'models', 'files', 'errors'],
  records: ['upstream', 'files', 'errors'],
  handlers: ['records', 'catalogue', 'models', 'errors', 'generated'],
  server: ['handlers', 'records', 'openscale', 'catalogue', 'models', 'files', 'errors', 'generated'],
  training: ['catalogue', 'csv', 'models', 'errors'],
  importing: ['catalogue', 'csv', 'models', 'errors'],
  wrapping: ['catalogue', 'csv', 'remote', 'upstream', 'models', 'errors'],
  openscale: ['handlers', 'records', 'training', 'catalogue', 'csv', 'upstream', 'models', 'files', 'errors'],
  conformance: [],
  console: [],
  library: ['server', 'handlers', 'training', 'conformance', 'catalogue', 'csv', 'models', 'errors'],
  cli: [
    'server',
    'records',
    'wrapping',
    'importing',
    'training',
    'openscale',
    'conformance',
    'catalogue',
    'remote',
    'upstream',
    'csv',
    'models',
    'files',
    'errors',
  ],
};

/** What stands at the root and is neither a room of the running engine nor one of its proofs. */
const OTHER_FOLDERS = ['bench', 'deploy', 'deployments', 'docs', 'scripts', 'spec', 'test'];

/** The files of a room, from the root. */
async function listFiles(room: string): Promise<string[]> {
  const names = await readdir(`${root}/${room}`, { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${room}/${name}`);
}

/** What a file imports of the project, types among it: paths from the root. */
async function listImports(file: string): Promise<string[]> {
  const text = await readFile(`${root}/${file}`, 'utf8');
  return [...text.matchAll(/(?:from|import\() ?'((?:\.\.?\/)+[^']+)'/g)].map(([, path]) =>
    new URL(path as string, `file:///${file}`).pathname.slice(1),
  );
}

describe('the rooms', () => {
  for (const [room, allowed] of Object.entries(ARROWS)) {
    it(`${room} imports ${allowed.length === 0 ? 'no other room' : `only ${allowed.join(', ')}`}`, async () => {
      for (const file of await listFiles(room)) {
        for (const imported of await listImports(file)) {
          const other = imported.split('/')[0] as string;
          if (other !== room && other !== 'package.json') expect(allowed, file).to.include(other);
        }
      }
    });
  }

  it('have no circle of files, of types or otherwise', async () => {
    const files = (await Promise.all(Object.keys(ARROWS).map(listFiles))).flat();
    const imports = new Map(await Promise.all(files.map(async (file) => [file, await listImports(file)] as const)));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file)) return;
      done.add(file);
      for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
    };
    for (const file of files) visit(file, []);
    expect(circles).to.deep.equal([]);
  });

  it('conformance needs no package: a small install', async () => {
    for (const file of await listFiles('conformance')) {
      const text = await readFile(`${root}/${file}`, 'utf8');
      for (const [, name] of text.matchAll(/from '([^.'][^']*)'/g)) expect(name, file).to.match(/^node:/);
    }
  });

  it('are all in the list', async () => {
    const folders = (await readdir(root, { withFileTypes: true })).filter(
      (entry) => entry.isDirectory() && !/^\.|^(node_modules|dist|coverage)$/.test(entry.name),
    );
    expect(folders.map(({ name }) => name).sort()).to.deep.equal([...Object.keys(ARROWS), ...OTHER_FOLDERS].sort());
  });

  it('are all sent to the build of the image', async () => {
    const sent = (await readFile(`${root}/.dockerignore`, 'utf8')).split('\n');
    expect(sent).to.include.members(Object.keys(ARROWS).map((room) => `!${room}`));
  });

  it('have a file for each operation, named after it', async () => {
    const files = (await readdir(`${root}/handlers`)).map((name) => basename(name, '.ts'));
    for (const id of Object.keys(handlers)) expect(files).to.include(toKebab(id));
  });

  it('have a file or a folder for each model kind, named after it', async () => {
    const shared = ['kind', 'kinds', 'linear-model', 'matrix-kind', 'model-file'];
    const list = async (folder: string) =>
      (await readdir(`${root}/${folder}`)).filter((name) => name.endsWith('.ts')).map((name) => basename(name, '.ts'));
    const folders = (await readdir(`${root}/models/kinds`, { withFileTypes: true })).filter((one) => one.isDirectory());
    const files = [
      ...(await list('models/kinds')),
      ...folders.map(({ name }) => name),
      ...(await list('remote/adapters')),
    ];
    expect(files.filter((name) => !shared.includes(name)).sort()).to.deep.equal(Object.keys(kinds).sort());
  });
});

function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
