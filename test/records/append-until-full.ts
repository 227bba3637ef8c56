/** Appends records of 10 kB to a spool, one after the other, and prints what became of each; for a process that may write little. */
import { toLine } from '../../records/record-line.ts';
import { Spool, SpoolError } from '../../records/spool.ts';
import { makeRecord } from '../support/logged-record.ts';

const [folder = '', count = ''] = process.argv.slice(2);
const spool = await Spool.open({ folder, gather: 0, maxBytes: 2 ** 30, whenFull: 'refuse', sinks: [] });
const results: Record<string, string> = {};
for (let index = 0; index < Number(count); index++) {
  const id = `record-${index}`;
  const line = toLine({ record: makeRecord(id, { userId: 'x'.repeat(10_000) }) });
  results[id] = await spool.append(line).then(
    () => 'accepted',
    (error: unknown) =>
      error instanceof SpoolError ? `${error.problem} ${(error.cause as NodeJS.ErrnoException).code}` : 'crash',
  );
}
await spool.close();
console.log(JSON.stringify(results));
