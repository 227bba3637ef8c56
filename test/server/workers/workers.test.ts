import { expect } from 'chai';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildLog } from '../../../server/log/log.ts';
import { startWorkers, type Workers } from '../../../server/workers/workers.ts';
import { RawConnection, toHead } from '../../support/raw.ts';
import { makeTlsFolder, sendSecurely } from '../../support/tls-client.ts';
import { until } from '../../support/until.ts';

const WORKER = fileURLToPath(new URL('../../support/worker.ts', import.meta.url));

describe('startWorkers', () => {
  let lines: Record<string, unknown>[];
  const log = buildLog('info', undefined, {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  beforeEach(() => {
    lines = [];
    cluster.setupPrimary({ exec: WORKER, args: [], cwd: process.cwd() });
  });

  const settings = (count: number, port = 0) => ({ workers: count, host: '127.0.0.1', port });
  const start = async (count: number): Promise<Workers & { url: string }> => {
    let workers: Workers | undefined;
    const url = await new Promise<string>((resolve) => (workers = startWorkers(settings(count), log, resolve)));
    return { ...(workers as Workers), url };
  };
  /** Asks on a connection of its own; gives the number of the worker that answered, or what went wrong. */
  const ask = async (url: string): Promise<string> => {
    try {
      const response = await fetch(url, { headers: { Connection: 'close' } });
      return await response.text();
    } catch (error) {
      return ((error as Error).cause as NodeJS.ErrnoException).code ?? String(error);
    }
  };
  const findIds = () => Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid as number);
  /** Kills processes, and waits for their death without hearing of it. */
  const kill = (ids: readonly number[]) => {
    for (const id of ids) process.kill(id, 'SIGKILL');
    while (!ids.every((id) => readFileSync(`/proc/${id}/stat`, 'utf8').includes(') Z '))) continue;
  };

  it('ends with 0 when it is told to stop before the first is ready', async () => {
    const workers = startWorkers(settings(2), log, () => expect.fail('it greets'));
    workers.stop();
    expect(await workers.ended).to.equal(0);
    expect(lines).to.deep.equal([]);
  });

  it('stops a worker that becomes ready while it stops', async () => {
    cluster.setupPrimary({ args: ['late'] });
    const workers = startWorkers(settings(2), log, () => expect.fail('it greets'));
    await once(cluster, 'message');
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  /** Asks on a connection that there is; gives what the reply says of it. */
  const askOn = async (connection: RawConnection) => {
    const { status, headers } = await connection.send(toHead('GET', '/')).receive('GET', '/');
    expect(status).to.equal(200);
    return headers.get('connection');
  };

  it('hands the connections out in turn', async () => {
    const workers = await start(2);
    const numbers = new Set<string>();
    await until('both have answered', async () => numbers.add(await ask(workers.url)).size === 2);
    expect([...numbers].sort()).to.deep.equal(['1', '2']);
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('hands a connection that a worker died with before it took it to another', async () => {
    cluster.setupPrimary({ args: ['deaf'] });
    const workers = await start(2);
    // The first connection goes to the worker that was ready first, whichever that is; and a connection is handed on when the worker
    // disconnects, which comes before its exit.
    await until('its death is logged', async () => {
      expect(await ask(workers.url)).to.equal('2');
      return lines.length > 0;
    });
    expect(lines[0]).to.include({ worker: 1, signal: 'SIGKILL' });
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('hands a connection that a worker had not read when it was killed to another', async () => {
    const workers = await start(2);
    for (let round = 0; round < 3; round++) {
      await until('both are there', async () => new Set([await ask(workers.url), await ask(workers.url)]).size === 2);
      const [id] = findIds() as [number];
      process.kill(id, 'SIGSTOP');
      const asked = [1, 2, 3, 4].map(() => ask(workers.url));
      await Promise.race(asked);
      process.kill(id, 'SIGKILL');
      for (const answer of await Promise.all(asked)) expect(answer).to.match(/^[12]$/);
    }
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('answers 503 while all workers are dead, and lets others in when they are ready', async () => {
    const workers = await start(2);
    cluster.setupPrimary({ args: ['held'] });
    for (const id of findIds()) process.kill(id, 'SIGKILL');
    await until('both are dead', () => lines.length === 2);
    for (let time = 0; time < 2; time++) {
      const response = await fetch(workers.url);
      expect(response.status).to.equal(503);
      expect(response.headers.get('retry-after')).to.equal('1');
      expect(response.headers.get('connection')).to.equal('close');
      expect(await response.json()).to.have.nested.property('errors[0].code', 'interrupted');
    }
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send({ type: 'go on' });
    await until('a worker answers', async () => /^[12]$/.test(await ask(workers.url)));
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('answers 503 by TLS while all workers are dead, where clients speak TLS', async () => {
    const { environment, authority } = makeTlsFolder();
    const { ENGINE_TLS_CERT: cert, ENGINE_TLS_KEY: key } = environment;
    const tls = { cert, key, passphrase: undefined, clientCa: undefined };
    let workers: Workers | undefined;
    const url = await new Promise<string>((resolve) => (workers = startWorkers({ ...settings(1), tls }, log, resolve)));
    expect(url).to.match(/^https:/);
    cluster.setupPrimary({ args: ['held'] });
    for (const id of findIds()) process.kill(id, 'SIGKILL');
    await until('it is dead', () => lines.length === 1);
    const { status, text } = await sendSecurely(url, '/', { ca: authority.cert });
    expect([status, (JSON.parse(text) as { errors: { code: string }[] }).errors[0]?.code]).to.deep.equal([
      503,
      'interrupted',
    ]);
    workers?.stop();
    expect(await workers?.ended).to.equal(0);
  });

  it('answers all that have connected when it is told to stop, though no worker could take them yet', async () => {
    const workers = await start(2);
    const ids = findIds();
    for (const id of ids) process.kill(id, 'SIGSTOP');
    const asked = Array.from({ length: 10 }, () => ask(workers.url));
    workers.stop();
    let isClosed = false;
    await until('the port is closed', () => {
      // One that is taken waits for the workers.
      asked.push(ask(workers.url).then((answer) => ((isClosed ||= answer === 'ECONNREFUSED'), answer)));
      return isClosed;
    });
    for (const id of ids) process.kill(id, 'SIGCONT');
    const answers = (await Promise.all(asked)).filter((answer) => answer !== 'ECONNREFUSED');
    expect(answers).to.have.length.greaterThanOrEqual(10);
    expect([...new Set(answers)].sort()).to.deep.equal(['1', '2']);
    expect(await workers.ended).to.equal(0);
  });

  it('answers what comes on connections that were kept, when it is told to stop', async () => {
    const workers = await start(2);
    const connections = await Promise.all([1, 2, 3].map(() => RawConnection.open(workers.url)));
    for (const connection of connections.slice(1)) {
      expect(await askOn(connection)).to.equal('keep-alive');
    }
    workers.stop();
    await until('the port is closed', async () => (await ask(workers.url)) === 'ECONNREFUSED');
    for (const connection of connections) {
      expect(await askOn(connection)).to.equal('close');
    }
    expect(await workers.ended).to.equal(0);
  });

  it('answers 408 to a request whose headers do not come', async () => {
    cluster.setupPrimary({ args: ['hasty'] });
    const workers = await start(1);
    const connection = (await RawConnection.open(workers.url)).send('GET');
    expect((await connection.receive()).status).to.equal(408);
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('replaces all workers one after the other when it is told to restart, and answers meanwhile', async () => {
    const workers = await start(2);
    const first = findIds();
    const kept = await RawConnection.open(workers.url);
    expect(await askOn(kept)).to.equal('keep-alive');
    workers.restart();
    const answers = new Set<string>();
    await until('it has restarted', async () => {
      answers.add(await ask(workers.url));
      return lines.some(({ msg }) => msg === 'restarted');
    });
    expect([...answers].sort()).to.deep.equal(['1', '2']);
    expect(findIds()).to.have.length(2);
    for (const id of findIds()) expect(first).to.not.include(id);
    await kept.ended;
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['restarting', 'restarted']);
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('restarts again at the end of a restart in which it was told to', async () => {
    const workers = await start(2);
    workers.restart();
    workers.restart();
    workers.restart();
    await until('it has restarted twice', () => lines.filter(({ msg }) => msg === 'restarted').length === 2);
    expect(await ask(workers.url)).to.match(/^[12]$/);
    workers.stop();
    expect(await workers.ended).to.equal(0);
    expect(lines.filter(({ msg }) => msg === 'restarting')).to.have.length(2);
  });

  it('goes on with the workers that it has where a replacement cannot start', async () => {
    const workers = await start(2);
    const first = findIds();
    cluster.setupPrimary({ cwd: '/nowhere' });
    workers.restart();
    await until('it gives up', () => lines.some(({ msg }) => msg === 'restart given up'));
    expect(findIds()).to.deep.equal(first);
    expect(await ask(workers.url)).to.match(/^[12]$/);
    cluster.setupPrimary({ cwd: process.cwd() });
    workers.restart();
    await until('it has restarted', () => lines.some(({ msg }) => msg === 'restarted'));
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('has as many workers as before after a restart in which one dies', async () => {
    const workers = await start(2);
    const first = findIds();
    workers.restart();
    process.kill(first[0] as number, 'SIGKILL');
    await until('it has restarted', () => lines.some(({ msg }) => msg === 'restarted'));
    await until('there are two workers', () => findIds().length === 2);
    for (const id of findIds()) expect(first).to.not.include(id);
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('stops in the middle of a restart', async () => {
    const workers = await start(2);
    workers.restart();
    await until('a replacement has started', () => findIds().length === 3);
    workers.stop();
    expect(await workers.ended).to.equal(0);
    // Before they serve and when they stop, they restart nothing.
    workers.restart();
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['restarting']);
  });

  it('says why it cannot listen, once, and leaves no worker', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { ended } = startWorkers(settings(2, port), log, () => expect.fail('it greets'));
    const reason: unknown = await ended.catch((error: unknown) => error);
    expect(reason).to.have.property('code', 'EADDRINUSE');
    await until('the worker has gone', () => findIds().length === 0);
    expect(lines).to.deep.equal([]);
    other.close();
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
    expect(lines[1]).to.include({ level: 'error', msg: 'worker could not start', worker: 1, code: 'ENOENT' });
    cluster.setupPrimary({ cwd: process.cwd() });
    const [loaded] = (await once(cluster, 'message')) as [{ process: { pid: number } }];
    expect(findIds()).to.include(loaded.process.pid);
    workers.stop();
    expect(await workers.ended).to.equal(0);
  });

  it('ends with 1, and a line of why, where the first process cannot begin', async () => {
    cluster.setupPrimary({ cwd: '/nowhere' });
    const { ended } = startWorkers(settings(2), log, () => expect.fail('it greets'));
    expect(await ended).to.equal(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'error', msg: 'worker could not start', worker: 1, code: 'ENOENT' });
  });
});
