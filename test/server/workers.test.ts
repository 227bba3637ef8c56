import { expect } from 'chai';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildLog } from '../../server/log.ts';
import { startWorkers, type Workers } from '../../server/workers.ts';
import { until } from '../support/until.ts';

const WORKER = fileURLToPath(new URL('../support/worker.ts', import.meta.url));

describe('startWorkers', () => {
  let lines: Record<string, unknown>[];
  const log = buildLog('info', undefined, {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  beforeEach(() => {
    lines = [];
    cluster.setupPrimary({ exec: WORKER, args: [], cwd: process.cwd() });
  });

  const start = async (count: number): Promise<Workers> => {
    let workers: Workers | undefined;
    await new Promise((resolve) => (workers = startWorkers(count, log, resolve)));
    return workers as Workers;
  };
  const findIds = () => Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid as number);
  /** Kills processes, and waits for their death without hearing of it. */
  const kill = (ids: readonly number[]) => {
    for (const id of ids) process.kill(id, 'SIGKILL');
    while (!ids.every((id) => readFileSync(`/proc/${id}/stat`, 'utf8').includes(') Z '))) continue;
  };

  it('ends with 0 when it is told to stop before the first is ready', async () => {
    const workers = startWorkers(2, log, () => expect.fail('it greets'));
    workers.stop();
    expect(await workers.ended).to.equal(0);
    expect(lines).to.deep.equal([]);
  });

  it('stops a worker that becomes ready while it stops', async () => {
    cluster.setupPrimary({ args: ['late'] });
    const workers = startWorkers(2, log, () => expect.fail('it greets'));
    await once(cluster, 'listening');
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  // Elsewhere there is no telling that a process has died before Node says so.
  if (platform() === 'linux') {
    it('ends with 0 when it is told to stop just as the workers die', async () => {
      const workers = await start(2);
      kill(findIds());
      workers.stop();
      expect(await workers.ended).to.equal(0);
      expect(lines).to.deep.equal([]);
    });

    it('replaces all workers when they die at once', async () => {
      const workers = await start(2);
      const first = findIds();
      kill(first);
      await until('both are replaced', () => findIds().filter((id) => !first.includes(id)).length === 2);
      expect(lines.map(({ msg }) => msg)).to.deep.equal(['worker died', 'worker died']);
      expect(lines.map(({ worker }) => worker)).to.have.members([1, 2]);
      workers.stop();
      expect(await workers.ended).to.equal(0);
    });
  }

  it('goes on with the others where a process cannot begin, and tries again', async () => {
    const workers = await start(2);
    cluster.setupPrimary({ cwd: '/nowhere' });
    process.kill(findIds()[0] as number, 'SIGKILL');
    await until('it is tried', () => lines.length === 2);
    expect(lines[0]).to.include({ level: 'error', msg: 'worker died', worker: 1, signal: 'SIGKILL' });
    expect(lines[1]).to.include({ level: 'error', msg: 'worker could not begin', worker: 1, code: 'ENOENT' });
    cluster.setupPrimary({ cwd: process.cwd() });
    const [greeted] = (await once(cluster, 'message')) as [{ process: { pid: number } }];
    expect(findIds()).to.include(greeted.process.pid);
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('ends with 1, and a line of why, where the first process cannot begin', async () => {
    cluster.setupPrimary({ cwd: '/nowhere' });
    const { ended } = startWorkers(2, log, () => expect.fail('it greets'));
    expect(await ended).to.equal(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'error', msg: 'worker could not begin', worker: 1, code: 'ENOENT' });
  });
});
