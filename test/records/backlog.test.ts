import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Backlog } from '../../records/backlog.ts';
import { keepDeadLetter } from '../../records/dead-letters.ts';
import { Progress } from '../../records/progress.ts';
import { readStatus } from '../../records/read-status.ts';
import { toLine } from '../../records/record-line.ts';
import { listSegments } from '../../records/spool-folder.ts';
import type { Spool } from '../../records/spool.ts';
import { makeRecord } from '../support/logged-record.ts';
import { appendIds, SpoolFolders } from '../support/spool.ts';

describe('the backlog of a spool', () => {
  const folders = new SpoolFolders();
  let folder: string;
  let spool: Spool;
  let backlog: Backlog;
  beforeEach(async () => {
    folder = await folders.make();
    spool = await folders.open({ folder });
    backlog = new Backlog(folder, ['one', 'other']);
  });
  afterEach(() => folders.clear());

  const measure = async () => {
    const { sinks } = await backlog.measure();
    // Whatever was counted before, it is what reading everything gives.
    const status = await readStatus(folder, ['one', 'other'], 1);
    expect(sinks.map(({ pending }) => pending)).to.deep.equal(status.sinks.map(({ pending }) => pending));
    return sinks.map(({ pending, oldest }) => [pending, oldest?.toISOString()]);
  };
  /** Notes that a sink has been given the first lines of a segment. */
  const deliver = async (sink: string, index: number, lines: number) => {
    const segment = (await listSegments(folder))[index];
    const progress = await Progress.open(folder, sink);
    const length = toLine({ record: makeRecord('a') }).length;
    const counts = { delivered: lines, repeated: 0, damaged: 0 };
    await progress.save(new Map([[`${segment?.name}`, lines * length]]), counts, new Set([`${segment?.name}`]));
  };
  const TIME = '2026-11-26T12:00:00.000Z';

  it('is empty without records, and without a folder', async () => {
    expect(await measure()).to.deep.equal([
      [0, undefined],
      [0, undefined],
    ]);
    const { bytes, sinks } = await new Backlog(join(folder, 'none'), ['one']).measure();
    expect([bytes, sinks[0]?.pending]).to.deep.equal([0, 0]);
  });

  it('is counted on, as records come and are delivered', async () => {
    await appendIds(spool, 'a', 'b', 'c');
    expect(await measure()).to.deep.equal([
      [3, TIME],
      [3, TIME],
    ]);
    await deliver('one', 0, 2);
    expect((await measure())[0]).to.deep.equal([1, TIME]);
    await appendIds(spool, 'd');
    expect((await measure())[0]).to.deep.equal([2, TIME]);
    await deliver('one', 0, 1);
    expect((await measure())[0]).to.deep.equal([3, TIME]);
    await deliver('one', 0, 4);
    expect(await measure()).to.deep.equal([
      [0, undefined],
      [4, TIME],
    ]);
    const { sinks, bytes } = await backlog.measure();
    expect(sinks.map(({ delivered }) => delivered)).to.deep.equal([7, 0]);
    expect(bytes).to.equal(4 * toLine({ record: makeRecord('a') }).length);
  });

  it('has the time of the oldest record, whatever its ids say', async () => {
    const scoringId = '"timestamp":"2020-01-01T00:00:00.000Z"';
    await spool.append(toLine({ record: makeRecord(scoringId, { timestamp: '2026-11-26T11:00:00.000Z' }) }));
    await appendIds(spool, 'a');
    expect((await measure())[0]).to.deep.equal([2, '2026-11-26T11:00:00.000Z']);
  });

  it('has no time where the record is damaged', async () => {
    await appendIds(spool, 'a');
    const [segment] = await listSegments(folder);
    await deliver('one', 0, 1);
    await appendFile(`${segment?.path}`, '00000000 damaged\n');
    const { sinks } = await backlog.measure();
    expect(sinks[0]).to.include({ pending: 1, oldest: undefined });
  });

  it('has the dead letters of each sink, and what was dropped', async () => {
    await Progress.open(folder, 'other');
    await keepDeadLetter(folder, 'other', { reason: '', rejected: TIME, record: makeRecord('a') });
    await appendFile(join(folder, 'dropped'), '3\n4\n');
    const { dropped, sinks } = await backlog.measure();
    expect([dropped, ...sinks.map(({ dead }) => dead)]).to.deep.equal([7, 0, 1]);
  });
});
