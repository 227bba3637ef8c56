/** The rooms and the arrows between them: who may import whom, and that files and tables go in pairs. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { handlers } from '../handlers/handlers.ts';
import { kinds } from '../models/kinds/kinds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each room and the rooms that it may import. */
const ARROWS: Record<string, readonly string[]> = {
  errors: [],
  generated: [],
  models: ['errors'],
  handlers: ['models', 'errors', 'generated'],
  server: ['handlers', 'models', 'errors', 'generated'],
  training: ['models', 'errors'],
  wrapping: ['training', 'models', 'errors'],
  openscale: ['handlers', 'models', 'errors'],
  conformance: [],
  cli: ['server', 'wrapping', 'training', 'openscale', 'conformance', 'models'],
};

/** What stands at the root and is neither a room of the running engine nor one of its proofs. */
const OTHER_FOLDERS = ['bench', 'deploy', 'deployments', 'docs', 'scripts', 'spec', 'test'];

describe('the rooms', () => {
  for (const [room, allowed] of Object.entries(ARROWS)) {
    it(`${room} imports ${allowed.length === 0 ? 'no other room' : `only ${allowed.join(', ')}`}`, async () => {
      for (const file of (await readdir(`${root}/${room}`, { recursive: true })).filter((name) =>
        name.endsWith('.ts'),
      )) {
        for (const [, path] of (await readFile(`${root}/${room}/${file}`, 'utf8')).matchAll(
          /from '((?:\.\.?\/)+[^']+)'/g,
        )) {
          const target = new URL(path as string, `file:///${room}/${file}`).pathname.split('/')[1] as string;
          if (target !== room && target !== 'package.json') expect(allowed, `${room}/${file}`).to.include(target);
        }
      }
    });
  }

  it('conformance needs no package but csv-parse: a small install', async () => {
    const files = (await readdir(`${root}/conformance`, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const packages = new Set<string>();
    for (const file of files) {
      const text = await readFile(`${root}/conformance/${file}`, 'utf8');
      for (const [, name] of text.matchAll(/from '([^.'][^']*)'/g)) packages.add(name as string);
    }
    expect([...packages].filter((name) => !name.startsWith('node:'))).to.deep.equal(['csv-parse/sync']);
  });

  it('are all in the list', async () => {
    const folders = (await readdir(root, { withFileTypes: true })).filter(
      (entry) => entry.isDirectory() && !/^\.|^(node_modules|dist|coverage)$/.test(entry.name),
    );
    expect(folders.map(({ name }) => name).sort()).to.deep.equal([...Object.keys(ARROWS), ...OTHER_FOLDERS].sort());
  });

  it('have a file for each operation, named after it', async () => {
    const files = (await readdir(`${root}/handlers`)).map((name) => basename(name, '.ts'));
    for (const id of Object.keys(handlers)) expect(files).to.include(toKebab(id));
  });

  it('have a file for each model kind, named after it', async () => {
    const shared = ['kind', 'kinds', 'linear-model'];
    const list = async (folder: string) =>
      (await readdir(`${root}/${folder}`)).filter((name) => name.endsWith('.ts')).map((name) => basename(name, '.ts'));
    const files = [...(await list('models/kinds')), ...(await list('models/remote/adapters'))];
    expect(files.filter((name) => !shared.includes(name)).sort()).to.deep.equal(Object.keys(kinds).sort());
  });
});

function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
