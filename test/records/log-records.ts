/**
 * Appends records to a spool, eight at a time, and sends them to a URL: what an engine does, without its HTTP. Prints the id of each
 * record when it is accepted, and goes on until its standard input ends.
 */
import { writeSync } from 'node:fs';
import { toLine } from '../../records/record-line.ts';
import { runSenders } from '../../records/run-senders.ts';
import { httpSink } from '../../records/sinks/http-sink.ts';
import { Spool } from '../../records/spool.ts';
import { makeRecord } from '../support/logged-record.ts';

const [folder = '', url = '', from = '', to = ''] = process.argv.slice(2);
const spool = await Spool.open({ folder, gather: 0, maxBytes: 2 ** 16, whenFull: 'refuse', sinks: ['http'] });
const sink = await httpSink.open(httpSink.schema.parse({ url }), 'http');
const limits = { records: 7, bytes: 2 ** 20 };
const stop = new AbortController();
const running = runSenders(
  folder,
  [{ sink, limits, backoff: { first: 1, longest: 10 }, giveUpAfter: 100 }],
  stop.signal,
  () => undefined,
);
let next = Number(from);
const append = async () => {
  while (next < Number(to)) {
    const id = `id-${next++}`;
    // A full spool has room again when something was sent.
    for (let isAccepted = false; !isAccepted;)
      isAccepted = await spool.append(toLine({ record: makeRecord(id, { userId: 'x'.repeat(200) }) })).then(
        () => true,
        () => new Promise<false>((resolve) => setTimeout(resolve, 5, false)),
      );
    writeSync(1, `${id}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, append));
process.stdin.resume().once('end', () => stop.abort());
await running;
await spool.close();
