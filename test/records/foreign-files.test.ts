/** A spool among whose files are damaged and foreign ones: nothing stops, and what was accepted is delivered. */
import { expect } from 'chai';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listDeadLetters, readDeadLetter } from '../../records/dead-letters.ts';
import { readStatus } from '../../records/read-status.ts';
import { Sender } from '../../records/sender.ts';
import { SinkError, type LoggedRecord } from '../../records/sink.ts';
import { listSegments } from '../../records/spool-folder.ts';
import { appendIds, listIds, SpoolFolders } from '../support/spool.ts';

describe('a spool with foreign or damaged files', () => {
  const folders = new SpoolFolders();
  afterEach(() => folders.clear());

  /** Delivers what there is, and gives the ids of what was sent. */
  const deliver = async (folder: string, isBad: (record: LoggedRecord) => boolean = () => false) => {
    const ids: string[] = [];
    const send = (records: readonly LoggedRecord[]) => {
      if (records.some(isBad)) return Promise.reject(new SinkError('status 422', { isPermanent: true }));
      ids.push(...records.map(({ scoringId }) => scoringId));
      return Promise.resolve();
    };
    const sender = await Sender.open({
      folder,
      sink: { name: 'memory', send },
      limits: { records: 100, bytes: 2 ** 20 },
      backoff: { first: 1, longest: 1 },
      giveUpAfter: 1,
      onEvent: () => undefined,
    });
    while (await sender.deliverBatch(new AbortController().signal));
    return ids;
  };
  const status = async (folder: string) => (await readStatus(folder, ['memory'], 1)).sinks[0] ?? expect.fail();

  for (const text of [
    '',
    'null',
    '[]',
    '{',
    '{"segments": null}',
    '{"segments": []}',
    '{"segments": {"NAME": -5, "delivered": "many"}}',
    '{"segments": {"NAME": "12"}, "repeated": {}}',
    '{"segments": {"NAME": 1.5}}',
    '{"segments": {"NAME": 1e12}}',
  ]) {
    it(`is delivered from its beginning if progress.json says ${JSON.stringify(text)}`, async () => {
      const folder = await folders.make();
      const spool = await folders.open({ folder });
      await appendIds(spool, 'a', 'b');
      await spool.close();
      const [segment] = await listSegments(folder);
      await mkdir(join(folder, 'sinks', 'memory'), { recursive: true });
      await writeFile(join(folder, 'sinks', 'memory', 'progress.json'), text.replace('NAME', segment?.name ?? ''));
      expect(await listIds(folder, ['memory'])).to.deep.equal(['a', 'b']);
      expect(await status(folder)).to.include({ pending: 2, delivered: 0, repeated: 0 });
      expect(await deliver(folder)).to.deep.equal(['a', 'b']);
      expect(await status(folder)).to.include({ pending: 0, delivered: 2, repeated: 0 });
    });
  }

  it('has folders and files of others in it, which do not matter', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    await appendIds(spool, 'a');
    // Such as a file browser leaves, in each folder.
    for (const place of [[], ['segments'], ['sinks']])
      await writeFile(join(folder, ...place, '.DS_Store'), 'x').catch(() => undefined);
    await mkdir(join(folder, 'sinks', 'other'), { recursive: true });
    await writeFile(join(folder, 'sinks', '.DS_Store'), 'x');
    await writeFile(join(folder, 'sinks', 'other', 'dead'), 'x');
    await mkdir(join(folder, 'sinks', 'memory', 'dead', 'folder.json'), { recursive: true });
    await mkdir(join(folder, 'sinks', 'memory', 'failure.json'));
    for (const state of ['open', 'closed']) await mkdir(join(folder, 'segments', `000000000001-ffffffff.${state}`));
    await appendIds(spool, 'b');
    expect(await status(folder)).to.include({ pending: 2, dead: 0 });
    expect(await deliver(folder)).to.deep.equal(['a', 'b']);
    await appendIds(spool, 'c');
    expect(await deliver(folder)).to.deep.equal(['c']);
  });

  // Where a folder cannot be made, and the system says that its parent is missing although it is there.
  if (process.platform === 'linux') {
    it('cannot be opened in /proc, and says so', async () => {
      const error = await folders.open({ folder: '/proc/none/spool' }).catch((reason: unknown) => reason);
      expect((error as NodeJS.ErrnoException).code).to.equal('ENOENT');
    });
  }

  it('goes on behind a segment with the last number of twelve digits', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    await writeFile(join(folder, 'segments', '999999999999-ffffffff.closed'), '');
    await appendIds(spool, 'a');
    await spool.close();
    const other = await folders.open({ folder });
    await appendIds(other, 'b');
    expect((await listSegments(folder)).map(({ name }) => name.split('-')[0])).to.deep.equal([
      '999999999999',
      '1000000000000',
      '1000000000001',
    ]);
    expect(await deliver(folder)).to.deep.equal(['a', 'b']);
  });

  it('keeps dead letters that are no dead letters, counts them, and retries the others', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    await appendIds(spool, 'bad', 'a');
    await deliver(folder, ({ scoringId }) => scoringId === 'bad');
    const dead = join(folder, 'sinks', 'memory', 'dead');
    const [letter] = await listDeadLetters(folder);
    const whole = JSON.parse(await readFile(letter?.path ?? '', 'utf8')) as object;
    const wrong = [
      '',
      'null',
      '7',
      '[]',
      '{}',
      JSON.stringify({ ...whole, record: 1 }),
      JSON.stringify({ ...whole, reason: 1 }),
    ];
    for (const [index, text] of wrong.entries()) await writeFile(join(dead, `wrong-${index}.json`), text);
    const letters = await Promise.all((await listDeadLetters(folder)).map(readDeadLetter));
    expect(letters.filter((one) => one !== undefined)).to.have.length(1);
    expect((await status(folder)).reasons).to.deep.equal([
      { reason: 'the file is damaged', records: wrong.length },
      { reason: 'status 422', records: 1 },
    ]);
  });

  it('has a count of dropped records and a failure that make no sense, and shows neither', async () => {
    const folder = await folders.make();
    await folders.open({ folder });
    await mkdir(join(folder, 'sinks', 'memory'), { recursive: true });
    for (const text of ['{}', '{"message": 7, "failures": "x", "at": null}', '[]']) {
      await writeFile(join(folder, 'sinks', 'memory', 'failure.json'), text);
      expect(await status(folder)).to.not.have.property('failure');
    }
    await appendFile(join(folder, 'dropped'), '3\nabc\n-4\n\u0000\n2\n');
    expect((await readStatus(folder, ['memory'], 1)).dropped).to.equal(5);
  });
});
