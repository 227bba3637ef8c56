import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keepDeadLetter } from '../../records/dead-letters.ts';
import { Progress } from '../../records/progress.ts';
import { readRecords } from '../../records/read-records.ts';
import { readStatus } from '../../records/read-status.ts';
import { readLine, splitLines, toLine } from '../../records/record-line.ts';
import { SpoolError, type Spool } from '../../records/spool.ts';
import { closeSegment, listSegments, removeSegment, type Segment } from '../../records/spool-folder.ts';
import { makeRecord } from '../support/logged-record.ts';
import { appendIds, listIds, SpoolFolders } from '../support/spool.ts';

const LOADER = new URL('../../scripts/register-typescript.js', import.meta.url).href;
const APPEND = fileURLToPath(new URL('append-until-full.ts', import.meta.url));

describe('a spool', () => {
  const folders = new SpoolFolders();
  afterEach(() => folders.clear());

  const catchProblem = async (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error: unknown) => (error instanceof SpoolError ? error.problem : error),
    );

  it('has what was appended when append resolves, in its order', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    for (const id of ['a', 'b', 'c']) {
      await appendIds(spool, id);
      expect((await listIds(folder)).at(-1)).to.equal(id);
    }
    expect(await listIds(folder)).to.deep.equal(['a', 'b', 'c']);
  });

  it('takes what several processes append at once', async () => {
    const folder = await folders.make();
    const spools = [await folders.open({ folder }), await folders.open({ folder }), await folders.open({ folder })];
    const ids = Array.from({ length: 300 }, (_, index) => `id-${index}`);
    await Promise.all(ids.map((id, index) => appendIds(spools[index % 3] as Spool, id)));
    expect(await listIds(folder)).to.have.members(ids);
    expect(await listSegments(folder)).to.have.length(3);
  });

  it('is read to its end where a segment is closed after it was found', async () => {
    const folder = await folders.make();
    await appendIds(await folders.open({ folder }), 'a');
    await appendIds(await folders.open({ folder }), 'b');
    const records = readRecords(folder, []);
    expect((await records.next()).value).to.have.nested.property('record.scoringId', 'a');
    for (const segment of await listSegments(folder)) await closeSegment(segment);
    expect((await records.next()).value).to.have.nested.property('record.scoringId', 'b');
  });

  it('has the same segments while they are closed', async () => {
    const folder = await folders.make();
    for (let count = 1; count <= 40; count++) {
      await appendIds(await folders.open({ folder }), `id-${count}`);
      const open = (await listSegments(folder)).filter(({ isOpen }) => isOpen);
      const [found] = await Promise.all([listSegments(folder), ...open.map((segment) => closeSegment(segment))]);
      expect(found).to.have.length(count);
    }
  });

  it('keeps records together for a while before they are written, and answers after that', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder, gather: 20 });
    const start = performance.now();
    await Promise.all([appendIds(spool, 'a'), appendIds(spool, 'b')]);
    expect(performance.now() - start).to.be.at.least(19);
    expect(await listIds(folder)).to.deep.equal(['a', 'b']);
  });

  it('is written to at its own place, whatever is in the folder', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    await writeFile(join(folder, 'segments', 'notes.txt'), 'mine');
    await writeFile(join(folder, 'segments', '000000000007-0123abcd.closed'), toLine({ record: makeRecord('old') }));
    await appendIds(spool, 'new');
    const names = (await listSegments(folder)).map(({ name }) => Number.parseInt(name, 10));
    expect(names).to.deep.equal([7, 8]);
    expect(await listIds(folder)).to.deep.equal(['old', 'new']);
  });

  it('appends to another segment when the one that it had is closed or removed', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    await appendIds(spool, 'a');
    await closeSegment((await listSegments(folder))[0] as Segment);
    await appendIds(spool, 'b');
    expect(await listIds(folder)).to.deep.equal(['a', 'b']);
    for (const segment of await listSegments(folder)) await removeSegment(segment);
    await appendIds(spool, 'c');
    expect(await listIds(folder)).to.deep.equal(['c']);
  });

  it('loses no record to a segment that is removed while it is written', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const found = new Set<string | undefined>();
    const takeAll = async () => {
      for (const segment of await listSegments(folder)) {
        const closed = await closeSegment(segment);
        if (!closed) continue;
        for (const line of splitLines(await readFile(closed.path)).lines) found.add(readLine(line)?.record.scoringId);
        await removeSegment(closed);
      }
    };
    const ids = Array.from({ length: 500 }, (_, index) => `id-${index}`);
    const taking = (async () => {
      for (let time = 0; time < 100; time++) await takeAll();
    })();
    await Promise.all([appendIds(spool, ...ids), taking]);
    await takeAll();
    expect([...found]).to.have.members(ids);
  });

  it('refuses records when it is full, and takes them when there is room again', async () => {
    const folder = await folders.make();
    const line = toLine({ record: makeRecord('r', { userId: 'x'.repeat(1000) }) });
    const spool = await folders.open({ folder, maxBytes: 20 * line.length });
    const results = [];
    for (let index = 0; index < 25; index++) results.push(await catchProblem(spool.append(line)));
    expect(results).to.deep.equal([...new Array<string>(20).fill('accepted'), ...new Array<string>(5).fill('full')]);
    for (const segment of await listSegments(folder)) await removeSegment(segment);
    // It does not look at the folder all the time.
    while ((await catchProblem(spool.append(line))) === 'full') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await listIds(folder)).to.deep.equal(['r']);
  });

  it('counts dead letters as well, and takes those of a group that fit', async () => {
    const folder = await folders.make();
    const record = makeRecord('r', { userId: 'x'.repeat(1000) });
    const line = toLine({ record });
    const spool = await folders.open({ folder, maxBytes: 4 * line.length });
    await Progress.open(folder, 'sink');
    await keepDeadLetter(folder, 'sink', { reason: 'x'.repeat(1.5 * line.length), rejected: '', record });
    const group = await Promise.all([1, 2, 3].map(() => catchProblem(spool.append(line))));
    expect(group.filter((result) => result === 'full')).to.have.length.within(1, 2);
    expect(await catchProblem(spool.append(Buffer.alloc(5 * line.length, 'x')))).to.equal('full');
  });

  it('drops the oldest records instead if that is wanted, and counts those that were not delivered', async () => {
    const folder = await folders.make();
    const toRecordLine = (id: string) => toLine({ record: makeRecord(id, { userId: 'x'.repeat(2000) }) });
    const maxBytes = 20 * toRecordLine('00').length;
    const dropped: number[] = [];
    const settings = { folder, maxBytes, whenFull: 'drop_oldest', sinks: ['sink'] } as const;
    const spool = await folders.open(settings, (records) => dropped.push(records));
    const ids = Array.from({ length: 60 }, (_, index) => String(index).padStart(2, '0'));
    for (const id of ids) await spool.append(toRecordLine(id));
    const left = await listIds(folder);
    expect(left).to.deep.equal(ids.slice(-left.length));
    expect(left.length).to.be.within(15, 20);
    const total = dropped.reduce((sum, records) => sum + records, 0);
    expect(total).to.equal(60 - left.length);
    expect(await readStatus(folder, ['sink'], maxBytes)).to.include({ records: left.length, dropped: total });
    // Nothing is dropped for what can never fit.
    expect(await catchProblem(spool.append(Buffer.alloc(2 * maxBytes, 'x')))).to.equal('full');
    expect((await listIds(folder)).length).to.be.greaterThan(5);
  });

  it('refuses what cannot be written, and accepts again when that is over', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const segments = join(folder, 'segments');
    await rename(segments, `${segments}-away`);
    await writeFile(segments, 'no folder');
    expect(await catchProblem(appendIds(spool, 'a'))).to.equal('unwritable');
    await rm(segments);
    await rename(`${segments}-away`, segments);
    await appendIds(spool, 'b');
    expect(await listIds(folder)).to.deep.equal(['b']);
  });

  it('has, after writes that failed in the middle, what was accepted and nothing else', async () => {
    const folder = await folders.make();
    // Half of a record fits where the process may not write on (EFBIG), as on a disk without room.
    const command = ['ulimit -f 100; exec "$0" "$@"', process.execPath, '--import', LOADER, APPEND, folder, '25'];
    const { stdout } = await promisify(execFile)('bash', ['-c', ...command]);
    const results = JSON.parse(stdout) as Record<string, string>;
    const accepted = Object.keys(results).filter((id) => results[id] === 'accepted');
    expect(Object.values(results)).to.include('unwritable EFBIG');
    expect(accepted.length).to.be.greaterThan(15);
    expect(await listIds(folder)).to.deep.equal(accepted);
    for (const { path } of await listSegments(folder)) expect((await readFile(path, 'utf8')).endsWith('\n')).to.be.true;
  });

  it('leaves no open segment behind when it is closed', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    await appendIds(spool, 'a');
    await spool.close();
    expect((await readdir(join(folder, 'segments'))).every((name) => name.endsWith('.closed'))).to.be.true;
  });
});
