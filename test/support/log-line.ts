import type { LogLine, TestEngine } from './engine.ts';
import type { Reply } from './contract.ts';
import { until } from './until.ts';

/** The log line of the request with an id, or of the one that was answered so; it is written when the reply is out. */
export async function findLogLine({ log }: TestEngine, of: string | Reply): Promise<LogLine> {
  const id = typeof of === 'string' ? of : of.headers.get('x-request-id');
  const find = () => log.find((line) => line.msg === 'request' && line['id'] === id);
  await until('the request has its log line', () => find() !== undefined);
  return find() as LogLine;
}
