import { expect } from 'chai';
import { appendFile, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Progress } from '../../records/progress.ts';
import { compact, type Growth } from '../../records/compact.ts';
import { readStatus } from '../../records/read-status.ts';
import { toLine } from '../../records/record-line.ts';
import { Sender, type SenderEvent, type SentEvent } from '../../records/sender.ts';
import { SinkError, type LoggedRecord, type Sink } from '../../records/sink.ts';
import { closeSegment, listSegments, openSegment, type Segment } from '../../records/spool-folder.ts';
import { makeRecord } from '../support/logged-record.ts';
import { appendIds, listIds, SpoolFolders } from '../support/spool.ts';
import { until } from '../support/until.ts';

/** A sink in memory, which fails as it is told to. */
class MemorySink implements Sink {
  readonly name: string;
  readonly batches: string[][] = [];
  fail: (records: readonly LoggedRecord[]) => Error | undefined = () => undefined;

  constructor(name = 'memory') {
    this.name = name;
  }

  get ids(): string[] {
    return this.batches.flat();
  }

  send(records: readonly LoggedRecord[]): Promise<void> {
    const error = this.fail(records);
    if (error) return Promise.reject(error);
    this.batches.push(records.map(({ scoringId }) => scoringId));
    return Promise.resolve();
  }
}

describe('a sender', () => {
  const folders = new SpoolFolders();
  afterEach(() => folders.clear());

  const events: SenderEvent[] = [];
  const sent: SentEvent[] = [];
  beforeEach(() => {
    events.splice(0);
    sent.splice(0);
  });

  const openSender = (folder: string, sink: Sink, records = 100, bytes = 2 ** 20, giveUpAfter = 3) =>
    Sender.open({
      folder,
      sink,
      limits: { records, bytes },
      backoff: { first: 1, longest: 4 },
      giveUpAfter,
      onEvent: (event) => (event.type === 'sent' ? sent.push(event) : events.push(event)),
    });
  const signal = new AbortController().signal;

  /** Delivers until there is nothing new. */
  const drain = async (sender: Sender) => {
    while (await sender.deliverBatch(signal));
  };

  it('delivers each record once, in batches, and goes on where the last one stopped', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const sink = new MemorySink();
    await appendIds(spool, 'a', 'b', 'c', 'd', 'e');
    const first = await openSender(folder, sink, 2);
    await first.deliverBatch(signal);
    await first.deliverBatch(signal);
    await drain(await openSender(folder, sink, 2));
    await appendIds(spool, 'f');
    await drain(await openSender(folder, sink, 2));
    expect(sink.batches).to.deep.equal([['a', 'b'], ['c', 'd'], ['e'], ['f']]);
    expect(await listIds(folder, ['memory'])).to.deep.equal([]);
    expect(await readStatus(folder, ['memory'], 1)).to.deep.include({ records: 0, dropped: 0 });
  });

  it('makes a batch of a record that is larger than a batch may be, and ends a batch by its bytes', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const sink = new MemorySink();
    for (const id of ['a', 'b', 'c'])
      await spool.append(toLine({ record: makeRecord(id, { userId: 'x'.repeat(600_000) }) }));
    await appendIds(spool, 'd', 'e');
    await drain(await openSender(folder, sink, 100, 1000));
    expect(sink.batches).to.deep.equal([['a'], ['b'], ['c'], ['d', 'e']]);
  });

  it('sends a record with an id once, whoever appends it again and whenever', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const other = await folders.open({ folder });
    const sink = new MemorySink();
    await appendIds(spool, 'a', 'a');
    await appendIds(other, 'a');
    await drain(await openSender(folder, sink));
    await appendIds(other, 'a', 'b');
    await spool.append(toLine({ record: makeRecord('a', { kind: 'feedback' }) }));
    await spool.append(toLine({ record: makeRecord('a', { deployment: 'penguins' }) }));
    const sender = await openSender(folder, sink);
    await drain(sender);
    expect(sink.ids.sort()).to.deep.equal(['a', 'a', 'a', 'b']);
    const [status] = (await readStatus(folder, ['memory'], 1)).sinks;
    expect(status).to.include({ delivered: 4, repeated: 3, damaged: 0, dead: 0, pending: 0 });
  });

  it('tries again what failed, however often, and does not send again what was acknowledged', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const sink = new MemorySink();
    let attempts = 0;
    sink.fail = () => {
      attempts += 1;
      if (attempts <= 3) return new SinkError('the sink is away', { isPermanent: false, retryAfter: 1 });
      return attempts <= 4 ? new TypeError('secret 8675309') : undefined;
    };
    await appendIds(spool, 'a', 'b');
    await drain(await openSender(folder, sink));
    expect(sink.batches).to.deep.equal([['a', 'b']]);
    expect(sent.map(({ records, error }) => [records, error])).to.deep.equal([
      ...new Array<unknown>(4).fill([2, 'failed']),
      [2, undefined],
    ]);
    for (const { sink: name, start, end } of sent) {
      expect(name).to.equal('memory');
      expect(end).to.be.within(start, performance.timeOrigin + performance.now());
    }
    expect(events.map(({ type }) => type)).to.deep.equal([...new Array<string>(4).fill('failed'), 'recovered']);
    expect(JSON.stringify(events)).to.contain('the sink is away').and.to.not.contain('8675309');
  });

  it('says in its status why it fails, until it succeeds', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const sink = new MemorySink();
    sink.fail = () => new SinkError('the sink is away', { isPermanent: false });
    await appendIds(spool, 'a');
    const stop = new AbortController();
    const running = (await openSender(folder, sink)).run(stop.signal);
    const readFailure = async () => (await readStatus(folder, ['memory'], 1)).sinks[0]?.failure;
    await until('the failure is known', async () => (await readFailure())?.message === 'the sink is away');
    sink.fail = () => undefined;
    await until('it is over', async () => sink.ids.length === 1 && (await readFailure()) === undefined);
    stop.abort();
    await running;
  });

  it('keeps a record that is rejected for good as a dead letter, and delivers the others', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const sink = new MemorySink();
    const isBad = ({ scoringId }: LoggedRecord) => ['b', 'g'].includes(scoringId);
    sink.fail = (records) => (records.some(isBad) ? new SinkError('status 422', { isPermanent: true }) : undefined);
    await appendIds(spool, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
    await drain(await openSender(folder, sink));
    expect(sink.ids).to.deep.equal(['a', 'c', 'd', 'e', 'f']);
    expect(events).to.deep.equal([
      { type: 'rejected', sink: 'memory', message: 'status 422', scoringId: 'b' },
      { type: 'rejected', sink: 'memory', message: 'status 422', scoringId: 'g' },
    ]);
    expect(sent.filter(({ error }) => error === 'rejected').every(({ records }) => records > 0)).to.equal(true);
    expect(sent.filter(({ records, error }) => records === 1 && error === 'rejected')).to.have.length(2);
    const [status] = (await readStatus(folder, ['memory'], 1)).sinks;
    expect(status).to.deep.include({ delivered: 5, dead: 2, reasons: [{ reason: 'status 422', records: 2 }] });
  });

  describe('of a record that fails for now again and again', () => {
    const isBad = ({ scoringId }: LoggedRecord) => scoringId.startsWith('bad');
    const temporary = new SinkError('status 500', { isPermanent: false });
    const run = async (sender: Sender, isDone: () => boolean | Promise<boolean>) => {
      const stop = new AbortController();
      const running = sender.run(stop.signal);
      await until('it is done', isDone);
      stop.abort();
      await running;
    };
    const readState = async (folder: string) =>
      (await readStatus(folder, ['memory'], 1)).sinks[0] ?? expect.fail('there is no such sink');

    for (const records of [1, 2, 3, 100]) {
      it(`delivers the others, and gives it up in the end, with batches of ${records}`, async () => {
        const folder = await folders.make();
        const spool = await folders.open({ folder });
        const sink = new MemorySink();
        const tries: string[] = [];
        sink.fail = (some) => {
          tries.push(...some.filter(isBad).map(({ scoringId }) => scoringId));
          return some.some(isBad) ? temporary : undefined;
        };
        const good = Array.from({ length: 12 }, (_, index) => `good-${index}`);
        await appendIds(spool, 'bad-0', 'bad-1', ...good.slice(0, 6), 'bad-2', ...good.slice(6));
        const sender = await openSender(folder, sink, records);
        await run(sender, () => sink.ids.length === good.length);
        expect([...sink.ids].sort()).to.deep.equal([...good].sort());
        // As long as nothing else is delivered, nobody can say whose fault it is.
        expect(await readState(folder)).to.include({ dead: 0 });
        let more = 0;
        await run(sender, async () => {
          await appendIds(spool, `more-${more++}`);
          return (await readState(folder)).dead === 3;
        });
        expect((await readState(folder)).reasons).to.deep.equal([
          { reason: 'status 500; given up (give_up_after: 3), while other records were delivered', records: 3 },
        ]);
        for (const id of ['bad-0', 'bad-1', 'bad-2'])
          expect(tries.filter((one) => one === id).length).to.be.greaterThan(3);
        expect(new Set(sink.ids).size).to.equal(sink.ids.length);
        expect(events.filter(({ type }) => type === 'rejected')).to.have.length(3);
      });
    }

    it('keeps everything while the sink is away, however long, and delivers it once when it is back', async () => {
      const folder = await folders.make();
      const spool = await folders.open({ folder });
      const sink = new MemorySink();
      let tries = 0;
      sink.fail = () => {
        tries += 1;
        return temporary;
      };
      const ids = Array.from({ length: 9 }, (_, index) => `id-${index}`);
      await appendIds(spool, ...ids);
      const sender = await openSender(folder, sink, 4, 2 ** 20, 1);
      await run(sender, () => tries > 120);
      expect(await readState(folder)).to.include({ dead: 0, delivered: 0 });
      sink.fail = () => undefined;
      await run(await openSender(folder, sink, 4, 2 ** 20, 1), () => sink.ids.length >= ids.length);
      expect([...sink.ids].sort()).to.deep.equal(ids);
      expect(await readState(folder)).to.include({ dead: 0, delivered: 9, pending: 0 });
    });

    it('goes on counting when the process has ended', async () => {
      const folder = await folders.make();
      const spool = await folders.open({ folder });
      const sink = new MemorySink();
      sink.fail = (some) => (some.some(isBad) ? temporary : undefined);
      await appendIds(spool, 'bad', 'good');
      let rounds = 0;
      for (; (await readState(folder)).dead === 0; rounds += 1) {
        await appendIds(spool, `more-${rounds}`);
        const before = sink.ids.length;
        const sender = await openSender(folder, sink);
        const failures = events.length;
        await run(
          sender,
          async () => sink.ids.length > before && (events.length > failures || (await readState(folder)).dead > 0),
        );
        expect(rounds).to.be.lessThan(60);
      }
      expect(sink.ids.filter((id) => id === 'bad')).to.deep.equal([]);
      expect(await listIds(folder, ['memory'])).to.deep.equal([]);
    });

    it('puts it behind the others for its own sink alone', async () => {
      const folder = await folders.make();
      const spool = await folders.open({ folder });
      const sink = new MemorySink();
      sink.fail = (some) => (some.some(isBad) ? temporary : undefined);
      await appendIds(spool, 'bad', 'good');
      await run(await openSender(folder, sink), async () => (await readState(folder)).delivered === 1);
      const other = new MemorySink('other');
      const sender = await openSender(folder, other);
      while (await sender.deliverBatch(signal));
      expect(other.ids).to.deep.equal(['bad', 'good']);
    });
  });

  it('leaves out damaged lines, says so, and delivers what is around them', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    const lines = ['a', 'b', 'c', 'd', 'e'].map((id) => toLine({ record: makeRecord(id) }).toString());
    // A bit flipped, a checksum that is none, an empty line, and a tail that was cut off.
    const text = [
      lines[0],
      lines[1]?.replace('setosa', 'setosb'),
      lines[2],
      `zzzzzzzz ${lines[3]?.slice(9) ?? ''}`,
      '\n',
      lines[4],
      lines[3]?.slice(0, 40),
    ].join('');
    await mkdir(join(folder, 'segments'));
    const path = join(folder, 'segments', '000000000001-0123abcd.open');
    await writeFile(path, text);
    await appendIds(await folders.open({ folder }), 'f');
    const sender = await openSender(folder, sink);
    await drain(sender);
    // Its last line may still be written, as far as this sender knows.
    await drain(sender);
    expect(sink.ids).to.deep.equal(['a', 'f', 'c', 'e']);
    const damaged = events.map((event) => (event.type === 'damaged' ? event.lines : 0));
    expect(damaged.reduce((sum, lines) => sum + lines, 0)).to.equal(4);
    expect((await readStatus(folder, ['memory'], 1)).sinks[0]).to.include({ damaged: 4, delivered: 4 });
  });

  it('takes a line that is no record for damaged, though its checksum is right', async () => {
    const folder = await folders.make();
    const spool = await folders.open({ folder });
    const sink = new MemorySink();
    await appendIds(spool, 'a');
    const { deployment: _, ...incomplete } = makeRecord('x');
    const foreign = [
      null,
      7,
      [],
      {},
      { record: null },
      { record: incomplete },
      { record: { ...makeRecord('x'), request: 1 } },
    ];
    for (const value of foreign) await spool.append(toLine(value as never));
    const text = Buffer.from('not JSON');
    await spool.append(Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text.toString()}\n`));
    await appendIds(spool, 'b');
    await drain(await openSender(folder, sink));
    expect(sink.ids).to.deep.equal(['a', 'b']);
    expect((await readStatus(folder, ['memory'], 1)).sinks[0]?.damaged).to.equal(foreign.length + 1);
  });

  it('waits for the rest of a line that is being written', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    await folders.open({ folder });
    const { path, file } = await openSegment(folder);
    const line = toLine({ record: makeRecord('a') });
    await appendFile(path, line.subarray(0, 50));
    const sender = await openSender(folder, sink);
    await drain(sender);
    expect(sink.ids).to.deep.equal([]);
    await appendFile(path, line.subarray(50));
    await file.close();
    await drain(sender);
    expect(sink.ids).to.deep.equal(['a']);
    expect(events).to.deep.equal([]);
  });

  it('counts the end of a closed segment as damaged if it is no whole line', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    const spool = await folders.open({ folder });
    await appendIds(spool, 'a', 'b');
    await spool.close();
    const [segment] = (await listSegments(folder)) as [Segment];
    await truncate(segment.path, segment.size - 3);
    await drain(await openSender(folder, sink));
    expect(sink.ids).to.deep.equal(['a']);
    expect(events).to.deep.equal([{ type: 'damaged', sink: 'memory', lines: 1 }]);
  });

  it('begins at the beginning without its progress, and still sends nothing that it knows to be delivered', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    const spool = await folders.open({ folder });
    await appendIds(spool, 'a', 'b');
    await drain(await openSender(folder, sink));
    for (const text of ['', '{"segments":{"000'])
      for (const name of await readdir(join(folder, 'sinks', 'memory')))
        if (name === 'progress.json') await writeFile(join(folder, 'sinks', 'memory', name), text);
    await appendIds(spool, 'c');
    await drain(await openSender(folder, sink));
    expect(sink.ids).to.deep.equal(['a', 'b', 'c']);
  });

  it('knows what was acknowledged when its progress cannot be written, as on a full disk', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    const spool = await folders.open({ folder });
    const sender = await openSender(folder, sink);
    // A folder where the draft of its progress would be.
    const draft = join(folder, 'sinks', 'memory', 'progress.json.new');
    await mkdir(draft);
    await appendIds(spool, 'a');
    const stop = new AbortController();
    const running = sender.run(stop.signal);
    await until('it has failed', () => events.length > 0);
    await appendIds(spool, 'b');
    await until('it goes on', () => sink.ids.length === 2);
    expect(await listIds(folder, ['memory'])).to.deep.equal(['a', 'b']);
    await rm(draft, { recursive: true });
    await until('its progress is on disk', async () => (await listIds(folder, ['memory'])).length === 0);
    stop.abort();
    await running;
    expect(sink.ids).to.deep.equal(['a', 'b']);
    expect(JSON.stringify(events)).to.contain('(EISDIR)').and.to.not.contain(folder);
  });

  it('remembers the last hundred thousand records at least, and not all', async () => {
    const folder = await folders.make();
    const toKeys = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => String(from + index).padStart(16, '0'));
    const progress = await Progress.open(folder, 'memory');
    for (let from = 0; from < 250_000; from += 10_000) await progress.noteDelivered(toKeys(from, from + 10_000));
    const read = await Progress.open(folder, 'memory');
    for (const one of [progress, read]) {
      expect(toKeys(150_000, 250_000).every((key) => one.isKnown(key))).to.be.true;
      expect(one.isKnown(toKeys(0, 1)[0] as string)).to.be.false;
    }
  });

  it('has what it delivered removed, and never what it did not', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    const spool = await folders.open({ folder });
    const sender = await openSender(folder, sink);
    const growth: Growth = new Map();
    const isDelivered = (name: string, size: number) => sender.offsetOf({ name, size }) >= size;
    const run = async (idle = 0) => {
      for (let time = 0; time < 3; time++) await compact(folder, isDelivered, growth, idle);
      return listIds(folder);
    };
    await appendIds(spool, 'a');
    expect(await run()).to.deep.equal(['a']);
    await drain(sender);
    expect(await run()).to.deep.equal([]);
    await appendIds(spool, 'b');
    await drain(sender);
    // It may be in use.
    expect(await run(60_000)).to.deep.equal(['b']);
    expect(await run()).to.deep.equal([]);
    expect(await listSegments(folder)).to.deep.equal([]);
    await appendIds(spool, 'c');
    await drain(sender);
    expect(sink.ids).to.deep.equal(['a', 'b', 'c']);
    const [last] = (await listSegments(folder)) as [Segment];
    await closeSegment(last);
    await run(60_000);
    expect(await listSegments(folder)).to.deep.equal([]);
  });

  it('does not care what the clock says', async () => {
    const folder = await folders.make();
    const sink = new MemorySink();
    const spool = await folders.open({ folder });
    const { now } = Date;
    try {
      for (const [id, time] of [
        ['a', 4e12],
        ['b', 0],
        ['c', 2e12],
      ] as const) {
        Date.now = () => time;
        await appendIds(spool, id);
        await spool.close();
      }
      await drain(await openSender(folder, sink));
    } finally {
      Date.now = now;
    }
    expect(sink.ids).to.deep.equal(['a', 'b', 'c']);
  });
});
