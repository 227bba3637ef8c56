/** `custom-ml-engine log` on a spool that no engine has open. */
import { expect } from 'chai';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Progress } from '../../records/progress.ts';
import { Sender } from '../../records/sender.ts';
import { SinkError, type LoggedRecord } from '../../records/sink.ts';
import type { SpoolStatus } from '../../records/read-status.ts';
import { Run, type Ended } from '../support/run.ts';
import { appendIds, listIds, SpoolFolders } from '../support/spool.ts';

describe('log', () => {
  const folders = new SpoolFolders();
  let folder: string;
  let spool: string;
  let file: string;
  beforeEach(async () => {
    folder = await folders.make();
    spool = join(folder, 'spool');
    file = join(folder, 'log.json');
    const sinks = ['one', 'two'].map((name) => ({ type: 'file', name, path: `${name}.jsonl` }));
    await writeFile(file, JSON.stringify({ folder: 'spool', sinks }));
  });
  afterEach(() => folders.clear());

  const log = (...args: string[]): Promise<Ended> =>
    new Run(['log', ...args], { environment: { ENGINE_PAYLOAD_LOG: file } }).end();
  const readStatus = async () => JSON.parse((await log('status', '--json')).stdout) as SpoolStatus;

  /** Sends what there is to a sink that rejects some ids for good, and fails after that. */
  const deliver = async (name: string, rejected: readonly string[], fails = false) => {
    const signal = new AbortController();
    const send = (records: readonly LoggedRecord[]) => {
      if (fails) signal.abort();
      if (fails) return Promise.reject(new SinkError('status 503', { isPermanent: false }));
      const isBad = records.some(({ scoringId }) => rejected.includes(scoringId));
      return isBad ? Promise.reject(new SinkError('status 422', { isPermanent: true })) : Promise.resolve();
    };
    const limits = { records: 10, bytes: 2 ** 20 };
    const backoff = { first: 1, longest: 1 };
    const sender = await Sender.open({
      folder: spool,
      sink: { name, send },
      limits,
      backoff,
      giveUpAfter: 100,
      onEvent: () => undefined,
    });
    while (!signal.signal.aborted && (await sender.deliverBatch(signal.signal)));
  };

  /** A spool whose first sink has rejected `b`, and whose second one has not been given anything. */
  const prepare = async () => {
    await mkdir(spool);
    await appendIds(await folders.open({ folder: spool }), 'a', 'b', 'c');
    await deliver('one', ['b']);
  };

  it('status shows what each sink has been given, for people and for programs', async () => {
    await prepare();
    const { code, stdout } = await log('status');
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^3 records in the spool, \d+ of 1073741824 bytes, the oldest of 2026-11-26T12:00:00\.000Z$/m,
    );
    expect(stdout).to.match(
      /^one: 0 to send, 2 delivered\n {2}1 rejected, kept as dead letters:\n {4}1 × status 422$/m,
    );
    expect(stdout).to.match(/^two: 3 to send, 0 delivered$/m);
    const status = await readStatus();
    expect(status).to.deep.include({ records: 3, dropped: 0, max_bytes: 2 ** 30 });
    expect(status.sinks[0]).to.deep.include({ name: 'one', pending: 0, delivered: 2, dead: 1 });
    const one = JSON.parse((await log('status', '--sink', 'one', '--json')).stdout) as SpoolStatus;
    expect(one).to.deep.include({ records: 0 });
    expect(one.sinks).to.have.length(1);
  });

  it('status shows an empty log where there is none yet', async () => {
    const { code, stdout } = await log('status');
    expect([code, stdout.split('\n')[0]]).to.deep.equal([0, '0 records in the spool, 0 of 1073741824 bytes']);
  });

  it('export prints the records that some sink has not been given, or dead letters', async () => {
    await prepare();
    const parse = ({ stdout }: Ended) =>
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { scoringId?: string; sink?: string; reason?: string });
    expect(parse(await log('export')).map(({ scoringId }) => scoringId)).to.deep.equal(['a', 'b', 'c']);
    expect(parse(await log('export', '--sink', 'one'))).to.deep.equal([]);
    const [letter] = parse(await log('export', '--dead'));
    expect(letter).to.include({ sink: 'one', reason: 'status 422' });
    expect(parse(await log('export', '--dead', '--sink', 'two'))).to.deep.equal([]);
  });

  it('retry has dead letters sent again, to their sink alone', async () => {
    await prepare();
    expect((await log('retry', '--sink', 'two')).stdout).to.equal('0 records will be sent again.\n');
    expect((await log('retry')).stdout).to.equal('1 record will be sent again.\n');
    const { sinks } = await readStatus();
    expect(sinks.map(({ pending, dead }) => [pending, dead])).to.deep.equal([
      [1, 0],
      [3, 0],
    ]);
    await deliver('one', []);
    await deliver('two', []);
    const after = await readStatus();
    expect(after.sinks.map(({ delivered }) => delivered)).to.deep.equal([3, 3]);
    expect(await listIds(spool, ['one', 'two'])).to.deep.equal([]);
  });

  it('purge removes dead letters or all records, and only what it is told to', async () => {
    await prepare();
    for (const options of [[], ['--dead', '--unsent'], ['--unsent', '--sink', 'one']])
      expect((await log('purge', ...options)).code, options.join()).to.equal(2);
    expect((await log('purge', '--dead', '--json')).stdout).to.equal('{"records":1}\n');
    expect(await readdir(join(spool, 'sinks', 'one', 'dead'))).to.deep.equal([]);
    expect(await listIds(spool)).to.have.length(3);
    expect((await log('purge', '--unsent')).stdout).to.equal('3 records removed.\n');
    expect(await listIds(spool)).to.deep.equal([]);
  });

  it('shows why a sink fails, what was repeated and damaged, and what was dropped', async () => {
    await prepare();
    await deliver('two', [], true);
    await writeFile(join(spool, 'dropped'), '4\n3\n');
    const progress = await Progress.open(spool, 'one');
    await progress.save(new Map(), { delivered: 0, repeated: 2, damaged: 1 }, new Set());
    const { stdout } = await log('status');
    expect(stdout).to.match(/^7 dropped when it was full$/m);
    expect(stdout).to.match(/^one: 3 to send, 2 delivered, 2 repeated, 1 damaged$/m);
  });

  it('needs the file of the engine, a sink of it, and an action', async () => {
    const failing = (args: string[], environment = {}) => new Run(['log', ...args], { environment }).end();
    const missing = await failing(['status']);
    expect([missing.code, missing.stderr]).to.deep.equal([
      2,
      'Expected --payload-log or ENGINE_PAYLOAD_LOG, the file of the engine.\n',
    ]);
    const unreadable = await failing(['status', '--payload-log', '/nowhere.json']);
    expect([unreadable.code, unreadable.stderr]).to.deep.equal([2, '--payload-log: expected a readable file.\n']);
    expect((await log('status', '--sink', 'three')).code).to.equal(2);
    expect((await log('forget')).code).to.equal(2);
  });
});
