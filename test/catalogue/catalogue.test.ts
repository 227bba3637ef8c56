import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { Catalogue } from '../../catalogue/catalogue.ts';
import { scoreTable } from '../../models/score-table.ts';
import { readAnswer } from '../support/answer.ts';
import { catchError, toJson, writeLine } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { until } from '../support/until.ts';
import { writeVolume } from '../support/volume.ts';

describe('the catalogue', () => {
  let folder: string;
  /** A folder next to it, where versions are prepared. */
  let aside: string;
  let removeFolders: () => Promise<unknown>;
  let events: string[];
  let catalogues: Catalogue[];

  beforeEach(async () => {
    const [main, other] = await Promise.all([makeDeploymentsFolder(SAMPLES, []), makeDeploymentsFolder(SAMPLES, [])]);
    folder = main.folder;
    aside = other.folder;
    removeFolders = () => Promise.all([main.remove(), other.remove()]);
    events = [];
    catalogues = [];
  });
  afterEach(async () => {
    await Promise.all(catalogues.map((catalogue) => catalogue.close()));
    await removeFolders();
  });

  async function open(watch = true): Promise<Catalogue> {
    const catalogue = await Catalogue.open(folder, {
      allowModules: true,
      watch,
      onServed: (id) => void events.push(`${id} served`),
      onInvalid: ({ id, served }) => void events.push(`${id} invalid${served ? ', served' : ''}`),
      onRemoved: (id) => void events.push(`${id} removed`),
      onIgnored: (name) => void events.push(`${name} ignored`),
    });
    catalogues.push(catalogue);
    return catalogue;
  }

  const put = (id: string, version: number) => writeLine(join(folder, id), id, version);
  const breakIt = (id: string) => writeFile(join(folder, id, 'model.json'), '{');

  describe('of a folder', () => {
    it('serves the valid deployments, in the order of their ids, and lists the invalid ones', async () => {
      for (const id of ['b', 'a', 'C']) await put(id, 0);
      for (const id of ['z', 'y']) await put(id, 0).then(() => breakIt(id));
      const catalogue = await open(false);
      expect(listIds(catalogue)).to.deep.equal(['C', 'a', 'b']);
      expect(catalogue.listInvalid()).to.deep.equal([
        { id: 'y', problems: ['model.json: expected JSON'], served: false },
        { id: 'z', problems: ['model.json: expected JSON'], served: false },
      ]);
      expect(catalogue.get('y')).to.equal(undefined);
      expect(events.sort()).to.deep.equal(['C served', 'a served', 'b served', 'y invalid', 'z invalid']);
    });

    it('has no deployment for an id without a folder', async () => {
      const catalogue = await open(false);
      for (const id of ['', '.', 'constructor', '__proto__']) expect(catalogue.get(id)).to.equal(undefined);
    });

    it('ignores files and names that begin with a dot', async () => {
      await put('.git', 0);
      await writeFile(join(folder, 'README.md'), 'Deployments.');
      await writeFile(join(aside, 'file'), '');
      await symlink(join(aside, 'file'), join(folder, 'link-to-a-file'));
      const catalogue = await open(false);
      expect([listIds(catalogue), catalogue.listInvalid()]).to.deep.equal([[], []]);
    });

    it('serves a folder behind a symbolic link', async () => {
      await writeLine(join(aside, 'version-1'), 'linked', 1);
      await symlink(join(aside, 'version-1'), join(folder, 'linked'));
      expect(getVersion(await open(false), 'linked')).to.equal(1);
    });

    it('lists a deployment as invalid if its folder name is not a valid id', async () => {
      await put('a b', 0);
      expect((await open(false)).listInvalid()).to.deep.equal([
        { id: 'a b', problems: ['the folder name is not a valid deployment id'], served: false },
      ]);
    });

    it('ignores the folders of other software, and reports each of them once', async () => {
      for (const name of FOREIGN) {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, '._model.json'), '');
      }
      const catalogue = await open(false);
      expect([listIds(catalogue), catalogue.listInvalid()]).to.deep.equal([[], []]);
      expect(events.sort()).to.deep.equal(FOREIGN.map((name) => `${name} ignored`).sort());
    });

    it('lists a folder as invalid that is meant to be a deployment but has no deployment.json', async () => {
      await mkdir(join(folder, 'empty'));
      for (const name of ['only-a-model', 'my model']) {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, 'model.json'), '{}');
      }
      expect((await open(false)).listInvalid()).to.deep.equal([
        { id: 'empty', problems: ['deployment.json: expected a readable file'], served: false },
        { id: 'my model', problems: ['the folder name is not a valid deployment id'], served: false },
        { id: 'only-a-model', problems: ['deployment.json: expected a readable file'], served: false },
      ]);
    });

    it('ignores what is neither a file nor a folder', async () => {
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      await symlink(join(folder, 'pipe'), join(folder, 'link-to-a-pipe'));
      await symlink('nowhere', join(folder, 'dangling'));
      expect((await open(false)).listInvalid()).to.deep.equal([]);
      expect(events).to.deep.equal([]);
    });

    it('fails to open a missing folder, and does not watch it from then on', async () => {
      await rm(folder, { recursive: true });
      for (const watch of [true, false]) {
        expect(await catchError(Error, () => open(watch))).to.include({ code: 'ENOENT', syscall: 'scandir' });
      }
      await mkdir(folder);
      const catalogue = await open();
      await put('a', 1);
      await until('a is served', () => getVersion(catalogue, 'a') === 1);
      expect(events).to.deep.equal(['a served']);
    });
  });

  describe('of a folder that changes', () => {
    it('serves what appears, and stops serving what disappears', async () => {
      await put('a', 1);
      const catalogue = await open();
      await put('b', 1);
      await until('b is served', () => listIds(catalogue).join() === 'a,b');
      await rm(join(folder, 'a'), { recursive: true });
      await until('a is gone', () => listIds(catalogue).join() === 'b');
      expect(events).to.deep.equal(['a served', 'b served', 'a removed']);
    });

    it('leaves the old version in service while the new one is invalid', async () => {
      await put('a', 1);
      const catalogue = await open();
      await breakIt('a');
      await until('a is invalid', () => catalogue.listInvalid().length > 0);
      expect(catalogue.listInvalid()).to.deep.equal([
        { id: 'a', problems: ['model.json: expected JSON'], served: true },
      ]);
      expect(getVersion(catalogue, 'a')).to.equal(1);
      await put('a', 2);
      await until('a is fixed', () => getVersion(catalogue, 'a') === 2);
      expect(catalogue.listInvalid()).to.deep.equal([]);
      expect(events).to.deep.equal(['a served', 'a invalid, served', 'a served']);
    });

    it('forgets an invalid deployment that disappears', async () => {
      await mkdir(join(folder, 'empty'));
      const catalogue = await open();
      expect(catalogue.listInvalid()).to.have.length(1);
      await rm(join(folder, 'empty'), { recursive: true });
      await until('it is forgotten', () => catalogue.listInvalid().length === 0);
      expect(events).to.deep.equal(['empty invalid']);
    });

    it('reports an ignored folder once, and lists it as invalid while it has a deployment.json', async () => {
      const path = join(folder, 'lost+found');
      await mkdir(path);
      const catalogue = await open();
      await writeFile(join(path, 'file'), '');
      await put('a', 1);
      await until('a is served', () => listIds(catalogue).join() === 'a');
      await put('a', 2);
      await until('a is served again', () => getVersion(catalogue, 'a') === 2);
      expect(events).to.deep.equal(['lost+found ignored', 'a served', 'a served']);
      await writeFile(join(path, 'deployment.json'), '{}');
      await until('it is invalid', () => catalogue.listInvalid().length === 1);
      await rm(join(path, 'deployment.json'));
      await until('it is ignored again', () => catalogue.listInvalid().length === 0);
      expect(events.slice(3)).to.deep.equal(['lost+found invalid', 'lost+found ignored']);
      await rm(path, { recursive: true });
      await rm(join(folder, 'a'), { recursive: true });
      await until('both are gone', () => events.at(-1) === 'a removed');
      await mkdir(path);
      await until('it is ignored once more', () => events.at(-1) === 'lost+found ignored');
    });

    it('keeps a deployment in service whose deployment.json disappears, and lists it as invalid', async () => {
      await put('a', 1);
      const catalogue = await open();
      await rm(join(folder, 'a', 'deployment.json'));
      await rm(join(folder, 'a', 'model.json'));
      await until('a is invalid', () => catalogue.listInvalid().length > 0);
      expect(catalogue.listInvalid()).to.deep.equal([
        { id: 'a', problems: ['deployment.json: expected a readable file'], served: true },
      ]);
      expect(getVersion(catalogue, 'a')).to.equal(1);
    });

    it('ignores a folder whose name begins with a dot until it is renamed', async () => {
      const catalogue = await open();
      await put('.a', 1);
      await writeLine(join(folder, '.b'), 'b', 1);
      await writeFile(join(folder, 'README.md'), 'Deployments.');
      await rename(join(folder, '.b'), join(folder, 'b'));
      await until('b is served', () => getVersion(catalogue, 'b') === 1);
      expect(events).to.deep.equal(['b served']);
      expect(catalogue.listInvalid()).to.deep.equal([]);
    });

    it('misses nothing that appears while it opens', async () => {
      const { asked, letGo } = await putSlow('slow', 1);
      const opening = open();
      await asked;
      await put('a', 1);
      letGo();
      const catalogue = await opening;
      await until('both are served', () => listIds(catalogue).join() === 'a,slow');
    });

    /** How versions arrive: each puts a version of the deployment `id` in the place of the old one. */
    const ways: Record<string, (id: string, version: number) => Promise<void>> = {
      'is written over the old one': put,
      'is renamed over the old one, file by file': async (id, version) => {
        await writeLine(join(aside, id), id, version);
        for (const file of ['deployment.json', 'model.json'])
          await rename(join(aside, id, file), join(folder, id, file));
      },
      'takes the place of the old folder': async (id, version) => {
        await writeLine(join(aside, id), id, version);
        await rename(join(folder, id), join(aside, `${id}-before-${version}`));
        await rename(join(aside, id), join(folder, id));
      },
      'is the new target of the symbolic link': async (id, version) => {
        await writeLine(join(aside, `${id}-${version}`), id, version);
        await symlink(join(aside, `${id}-${version}`), join(aside, 'link'));
        await rename(join(aside, 'link'), join(folder, id));
      },
      'is a ConfigMap that Kubernetes mounts as the folder': async (id, version) =>
        writeVolume(join(folder, id), await readLine(id, version)),
    };

    it('never fails to score while versions are swapped, however they arrive', async () => {
      const ids = Object.keys(ways).map((_, index) => `way-${index}`);
      const swap = (version: number) =>
        Promise.all(Object.values(ways).map((way, index) => way(`way-${index}`, version)));
      for (const id of ids) await mkdir(join(folder, id));
      await rm(join(folder, 'way-3'), { recursive: true });
      await swap(0);
      const catalogue = await open();
      const state = { newest: 0, calls: 0, done: false };
      const scoring = (async () => {
        for (; !state.done; state.calls++) {
          for (const id of ids) {
            expect(await scoreZero(catalogue, id)).to.be.within(state.newest - 1, state.newest);
          }
          await turn();
        }
      })();
      // A failure is seen below, where it is awaited; until then it must not count as unhandled.
      scoring.catch(() => undefined);

      try {
        while (state.newest < 5 || state.calls < 100) {
          await swap(++state.newest);
          for (const [index, way] of Object.keys(ways).entries()) {
            await until(`a version ${way}`, () => getVersion(catalogue, `way-${index}`) === state.newest);
          }
        }
      } finally {
        state.done = true;
      }
      await scoring;
      expect(events.filter((event) => event.endsWith('removed'))).to.deep.equal([]);
    });

    it('serves a folder that Kubernetes projects from ConfigMaps, and each new version of it', async () => {
      const project = async (versions: Readonly<Record<string, number>>) => {
        const files: Record<string, string> = {};
        for (const [id, version] of Object.entries(versions))
          for (const [name, text] of Object.entries(await readLine(id, version))) files[`${id}/${name}`] = text;
        await writeVolume(folder, files);
      };
      await project({ a: 1, b: 1 });
      const catalogue = await open();
      expect([listIds(catalogue), catalogue.listInvalid()]).to.deep.equal([['a', 'b'], []]);
      await project({ a: 2, b: 1 });
      await until('a is at version 2', () => getVersion(catalogue, 'a') === 2);
      expect([listIds(catalogue), catalogue.listInvalid()]).to.deep.equal([['a', 'b'], []]);
      expect(getVersion(catalogue, 'b')).to.equal(1);
    });

    it('serves versions of a deployment that is replaced all the time, and reports none of them as invalid', async () => {
      await put('a', 0);
      const catalogue = await open();
      let version = 0;
      await until('a later one is served', async () => {
        version += 1;
        await writeLine(join(aside, 'a'), 'a', version);
        await rename(join(folder, 'a'), join(aside, `before-${version}`));
        await rename(join(aside, 'a'), join(folder, 'a'));
        return getVersion(catalogue, 'a') > 0;
      });
      const last = version;
      await until('the last one is served', () => getVersion(catalogue, 'a') === last);
      expect(events.filter((event) => event.includes('invalid'))).to.deep.equal([]);
    });

    it('loads the versions of a deployment one at a time, the newest last', async () => {
      await put('a', 1);
      await put('b', 1);
      const catalogue = await open();
      const { asked, letGo } = await putSlow('a', 2);
      await asked;
      await put('a', 3);
      await put('b', 3);
      await until('b is at version 3', () => getVersion(catalogue, 'b') === 3);
      letGo();
      await until('a is at version 3', () => getVersion(catalogue, 'a') === 3);
      await catalogue.close();
      expect(getVersion(catalogue, 'a')).to.equal(3);
      expect(events.filter((event) => event.startsWith('a'))).to.deep.equal(['a served', 'a served', 'a served']);
    });

    it('waits for loads in progress when it closes', async () => {
      const catalogue = await open();
      const { asked, letGo } = await putSlow('a', 2);
      await asked;
      const closed = catalogue.close().then(() => events.push('closed'));
      letGo();
      await closed;
      expect(events).to.deep.equal(['a served', 'closed']);
    });

    it('stops waiting for a folder to settle when it closes', async () => {
      await put('a', 1);
      const catalogue = await open();
      const other = await open();
      await put('a', 2);
      await catalogue.close();
      await until('another catalogue sees version 2', () => getVersion(other, 'a') === 2);
      expect(getVersion(catalogue, 'a')).to.equal(1);
    });

    it('does not report a version as invalid that is replaced while it is loaded, and serves the next one', async () => {
      await put('a', 1);
      const catalogue = await open();
      const { asked, letGo } = await putSlow('a', 2, 3);
      await asked;
      await put('a', 4);
      letGo();
      await until('the next one is served', () => getVersion(catalogue, 'a') === 4);
      expect(events).to.deep.equal(['a served', 'a served']);
    });

    it('ignores changes if it does not watch', async () => {
      await put('a', 1);
      const still = await open(false);
      const other = await open();
      await put('a', 2);
      await until('another catalogue sees version 2', () => getVersion(other, 'a') === 2);
      expect(getVersion(still, 'a')).to.equal(1);
    });
  });

  /** The files of a version, by name. */
  async function readLine(id: string, version: number): Promise<Record<string, string>> {
    const path = join(aside, `${id}-files-${version}`);
    await writeLine(path, id, version);
    const read = (name: string) => readFile(join(path, name), 'utf8');
    return { 'deployment.json': await read('deployment.json'), 'model.json': await read('model.json') };
  }

  /** Puts a version whose model answers its example only after `letGo` is called: as recorded, unless another answer is. */
  async function putSlow(id: string, version: number, recorded = version) {
    const gate = new EventEmitter();
    const asked = once(gate, 'asked');
    const opened = once(gate, 'opened');
    const ask = () => {
      gate.emit('asked');
      return opened;
    };
    Object.assign(globalThis, { catalogueGate: { ask } });
    const model = `export default async ({ values }) => {
      await globalThis.catalogueGate.ask();
      return { predictions: values.map(([x]) => x + ${version}) };
    };`;
    const example = { fields: ['x'], values: [[1]], answer: { predictions: [1 + recorded] } };
    // The gate is in this thread.
    const settings = { thread: false };
    await mkdir(join(aside, id));
    await writeFile(join(aside, id, 'score.mjs'), model);
    await writeFile(
      join(aside, id, 'deployment.json'),
      JSON.stringify(toJson({ id, kind: 'module', settings, example })),
    );
    await rm(join(folder, id), { recursive: true, force: true });
    await rename(join(aside, id), join(folder, id));
    return { asked, letGo: () => gate.emit('opened') };
  }
});

/** Folders that file systems, archives, network storage and tools leave. */
const FOREIGN = [
  'lost+found',
  '__MACOSX',
  '$RECYCLE.BIN',
  'System Volume Information',
  '@eaDir',
  '#recycle',
  '~snapshot',
  '__pycache__',
  'Network Trash Folder',
];

function listIds(catalogue: Catalogue): string[] {
  return catalogue.list().map(({ file }) => file.id);
}

/** The version of a deployment that writeLine wrote, read from its example. */
function getVersion(catalogue: Catalogue, id: string): number {
  return (catalogue.get(id)?.file.example.answer?.predictions[0] as number) - 1;
}

/** The version of such a deployment, computed by its model. */
async function scoreZero(catalogue: Catalogue, id: string): Promise<unknown> {
  const deployment = catalogue.get(id);
  if (!deployment) return expect.fail(`${id} is not served`);
  return (await readAnswer(scoreTable(deployment, { fields: ['x'], values: [[0]] }))).values[0]?.[1];
}
