/** Faults of the folder of deployments. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { toJson, writeLine } from '../../support/deployment.ts';
import type { Fault, Situation } from '../fault.ts';
import { attackBySockets, toBytes } from '../faults/attack-by-sockets.ts';
import { expectOnly } from './connection-faults.ts';

const FIELDS = '"fields":["sepal_length","sepal_width","petal_length","petal_width"]';

interface Ready {
  readonly status: string;
  readonly deployments: number;
  readonly broken: readonly { readonly id: string; readonly served: boolean }[];
}

/** What /health/ready says. */
async function readReady({ engine }: Situation): Promise<Ready> {
  return (await (await fetch(`${engine.url}/health/ready`)).json()) as Ready;
}

/** Waits until /health/ready says something; fails after 15 s. */
async function awaitReady(situation: Situation, what: string, isSo: (ready: Ready) => boolean): Promise<Ready> {
  const end = Date.now() + 15_000;
  for (;;) {
    const ready = await readReady(situation);
    if (isSo(ready)) return ready;
    if (Date.now() > end) throw new Error(`/health/ready does not say that ${what}: ${JSON.stringify(ready)}`);
    await sleep(50);
  }
}

/** Scores x = 1 with `line`, whose answer is 1 + version. */
async function askVersion({ engine }: Situation, id = 'line'): Promise<number> {
  const reply = await fetch(`${engine.url}/v1/deployments/${id}/online`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"fields":["x"],"values":[[1]]}',
  });
  const { values } = (await reply.json()) as { values?: [[number, number]] };
  return (values?.[0][1] ?? NaN) - 1;
}

/** Makes deployments whose model is a file like no other, and waits until all are known to be broken. */
const hostile = (name: string, count: number, makeModel: (file: string) => Promise<unknown>): Fault => ({
  name,
  make: async (situation) => {
    for (let index = 0; index < count; index++) {
      const folder = join(situation.folder, `hostile-${index}`);
      await mkdir(folder);
      await makeModel(join(folder, 'model.json'));
      await writeFile(join(folder, 'deployment.json'), JSON.stringify(toJson({ id: `hostile-${index}` })));
    }
    await awaitReady(situation, 'the hostile deployments are broken', ({ broken }) => broken.length === count);
    // Others are still picked up.
    await writeLine(join(situation.folder, 'later'), 'later', 0);
    await awaitReady(situation, 'a later deployment is served', ({ deployments }) => deployments === 4);
    return `${count} × broken, a later one × served`;
  },
});

export const deploymentFaults: readonly Fault[] = [
  {
    name: 'half-written deployment',
    make: async (situation) => {
      const file = join(situation.folder, 'line', 'deployment.json');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.slice(0, text.length / 2));
      await awaitReady(situation, 'line is broken', ({ broken }) =>
        broken.some(({ id, served }) => id === 'line' && served),
      );
      if ((await askVersion(situation)) !== 0) throw new Error('the version before it is not served');
      await writeFile(file, text);
      await awaitReady(situation, 'line is well', ({ broken }) => broken.length === 0);
      return 'broken, with the version before it served; then well';
    },
  },
  {
    name: 'deployment replaced twenty times per second',
    make: async (situation) => {
      const seen = new Set<number>();
      for (let version = 1; version <= 160; version++) {
        await writeLine(join(situation.scratch, 'line'), 'line', version);
        await rm(join(situation.folder, 'line'), { recursive: true });
        await rename(join(situation.scratch, 'line'), join(situation.folder, 'line'));
        await sleep(50);
        const answer = await askVersion(situation);
        if (answer > version) throw new Error('a version answered that was not there yet');
        seen.add(answer);
      }
      if (seen.size < 2) throw new Error('no version was loaded within 8 s');
      return `${seen.size} versions seen in 8 s`;
    },
  },
  {
    name: 'swapped deployments: two folders change places',
    prepare: (folder) => writeLine(join(folder, 'other'), 'other', 7),
    make: async (situation) => {
      const [line, other, away] = ['line', 'other', 'away'].map((name) =>
        join(name === 'away' ? situation.scratch : situation.folder, name),
      ) as [string, string, string];
      await rename(line, away);
      await rename(other, line);
      await rename(away, other);
      await awaitReady(situation, 'both are broken', ({ broken }) => broken.length === 2);
      if ((await askVersion(situation)) !== 0) throw new Error('another model answers');
      return 'both broken (their ids are those of others), the versions before them served';
    },
  },
  {
    name: 'folder of deployments removed',
    make: async (situation) => {
      await rename(situation.folder, `${situation.folder}-away`);
      await sleep(2_500);
      const ready = await readReady(situation);
      await rename(`${situation.folder}-away`, situation.folder);
      if (ready.deployments !== 3) throw new Error(`the deployments are gone: ${JSON.stringify(ready)}`);
      const says = /cannot be read|unreadable|missing|folder/i.test(JSON.stringify(ready));
      if (!says) throw new Error('/health/ready does not say that the folder is gone');
      return 'the deployments go on, and /health/ready says so';
    },
  },
  {
    name: 'folder of deployments replaced',
    make: async (situation) => {
      const next = join(situation.scratch, 'next');
      await mkdir(next);
      for (const id of ['iris', 'wrapped']) await rename(join(situation.folder, id), join(next, id));
      await writeLine(join(next, 'line'), 'line', 5);
      await rename(situation.folder, `${situation.folder}-away`);
      await rename(next, situation.folder);
      const end = Date.now() + 15_000;
      while ((await askVersion(situation)) !== 5) {
        if (Date.now() > end) throw new Error('the new folder is not served');
        await sleep(50);
      }
      return 'the new folder is served';
    },
  },
  hostile('hostile deployments: eight models that are pipes', 8, async (file) => promisify(execFile)('mkfifo', [file])),
  hostile('hostile deployments: four models without an end', 4, async (file) => symlink('/dev/zero', file)),
  hostile('hostile deployments: two models of 20 GB', 2, async (file) => {
    await writeFile(file, '');
    await truncate(file, 20e9);
  }),
  hostile('hostile deployments: four models of 8 million brackets', 4, async (file) =>
    writeFile(file, '['.repeat(8e6)),
  ),
  hostile('hostile deployments: links to themselves', 4, async (file) => symlink('model.json', file)),
  hostile('hostile deployments: a folder for a model', 4, async (file) => mkdir(file)),
  {
    name: 'hostile deployments: 500 at once',
    make: async (situation) => {
      for (let index = 0; index < 500; index++) {
        await mkdir(join(situation.folder, `bad-${index}`));
        await writeFile(
          join(situation.folder, `bad-${index}`, 'deployment.json'),
          '{"id":"../../etc","__proto__":{"kind":"module"}',
        );
      }
      await awaitReady(situation, 'all are broken', ({ broken }) => broken.length === 500);
      return '500 × broken';
    },
  },
  {
    name: 'long by its model: 400 rows, 5,000 trees, ten calls',
    prepare: async (folder) => {
      const from = join(folder, 'iris');
      const large = join(folder, 'large');
      await mkdir(large);
      const file = JSON.parse(await readFile(join(from, 'deployment.json'), 'utf8')) as { id: string };
      await writeFile(join(large, 'deployment.json'), JSON.stringify({ ...file, id: 'large' }));
      const model = JSON.parse(await readFile(join(from, 'model.json'), 'utf8')) as {
        baseModel: { nEstimators: number; indexes: unknown[]; estimators: unknown[] };
      };
      const repeat = (items: unknown[]) => Array.from({ length: 100 }, () => items).flat();
      const { baseModel } = model;
      baseModel.nEstimators *= 100;
      baseModel.indexes = repeat(baseModel.indexes);
      baseModel.estimators = repeat(baseModel.estimators);
      await writeFile(join(large, 'model.json'), JSON.stringify(model));
    },
    make: async ({ target }) => {
      const bytes = toBytes('POST', '/v1/deployments/large/online', {
        headers: [
          ['Content-Type', 'application/json'],
          ['Connection', 'close'],
        ],
        body: `{${FIELDS},"values":[${'[5.1,3.5,1.4,0.2],'.repeat(399)}[6,3,5,2]]}`,
      });
      const begin = (socket: { write(bytes: string): unknown }) => void socket.write(bytes);
      return expectOnly(await attackBySockets(target, { connections: 10, patience: 30_000, begin }), '200');
    },
  },
  {
    name: 'long by its code: a module that computes for 300 ms, ten calls',
    engine: { environment: { ENGINE_ALLOW_MODULES: 'true' } },
    prepare: async (folder) => {
      const own = join(folder, 'busy');
      await mkdir(own);
      await writeFile(join(own, 'deployment.json'), JSON.stringify(toJson({ id: 'busy', kind: 'module' })));
      const code = `export default function score({ values }) {
        const end = performance.now() + 300;
        while (performance.now() < end);
        return { predictions: values.map(([x]) => x) };
      }`;
      await writeFile(join(own, 'score.mjs'), code);
    },
    make: async ({ target }) => {
      const bytes = toBytes('POST', '/v1/deployments/busy/online', {
        headers: [
          ['Content-Type', 'application/json'],
          ['Connection', 'close'],
        ],
        body: '{"fields":["x"],"values":[[1]]}',
      });
      const begin = (socket: { write(bytes: string): unknown }) => void socket.write(bytes);
      return expectOnly(await attackBySockets(target, { connections: 10, patience: 30_000, begin }), '200', '503');
    },
  },
];
