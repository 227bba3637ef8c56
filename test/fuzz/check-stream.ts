/** What holds for the replies to a stream, whatever was mutated in it. */
import { checkFuzzReply } from './fuzz-request.ts';
import type { ParsedReplies } from './parse-replies.ts';
import type { StreamCase } from './stream-cases.ts';

/** Whether the reply with an id is one to HEAD: only good requests are known for sure. */
export function isBodyless({ requests: all }: StreamCase, id: string): boolean | 'maybe' {
  const one = all.find((other) => other.id === id);
  if (one?.expected === 'exact') return one.request.method === 'HEAD';
  return all.some(({ request, expected }) => request.method === 'HEAD' && expected !== 'exact') && 'maybe';
}

/**
 * Whether the engine may have ended a connection after these replies because this process paused: a client that does not send the rest of a
 * body that was rejected, or does not read, is cut off after a while.
 */
export function mayEndThere({ replies, isCut }: ParsedReplies): boolean {
  return isCut || (replies.at(-1)?.status ?? 0) >= 400;
}

/**
 * Checks the replies to a stream.
 * @param mayEndEarly whether the connection may have ended before all were there
 * @throws when something does not hold
 */
export function checkStream(
  { requests: all, isValid }: StreamCase,
  { replies, interim }: ParsedReplies,
  mayEndEarly: boolean,
): void {
  const byId = new Map(all.map((one, index) => [one.id, { ...one, index }]));
  let last = -1;
  for (const reply of replies) {
    const answered = byId.get(reply.id);
    const isExact = answered?.expected === 'exact';
    checkFuzzReply(reply, isExact ? answered.request : undefined, isExact ? undefined : reply.text === '');
    if (!answered) continue;
    if (answered.index <= last) throw new Error(`the reply to ${reply.id} is out of step`);
    last = answered.index;
    if (isExact && reply.status !== answered.status && ![408, 503].includes(reply.status))
      throw new Error(`${reply.id} got ${reply.status}, not ${answered.status}`);
    if (answered.expected === 'rejected' && reply.status === 200)
      throw new Error(`${reply.id} must be rejected: ${reply.text}`);
    // An answer is that of its request, whatever the requests before it were.
    const complaint =
      reply.status === 200 && answered.request.method !== 'HEAD' && reply.text.startsWith('{"fields"')
        ? findStranger(reply.text, reply.id)
        : undefined;
    if (complaint !== undefined) throw new Error(complaint);
  }
  // Where this machine was too slow for the time limit of a request, the connection has ended there; where a mutation made a reply the
  // last one, what follows it may reset the connection.
  if (replies.some(({ status }) => status === 408) || mayEndEarly) return;
  const exact = all.findIndex(({ expected }) => expected !== 'exact');
  const due = exact < 0 ? all.length : exact;
  if (replies.length < due) throw new Error(`${due} good requests got ${replies.length} replies`);
  for (const [index, { id }] of all.slice(0, due).entries())
    if (replies[index]?.id !== id) throw new Error(`the reply ${index} is to ${replies[index]?.id}, not to ${id}`);
  if (isValid && replies.length !== all.length)
    throw new Error(`${all.length} good requests got ${replies.length} replies`);
  // What was mutated may ask for one, too.
  if (isValid && interim > all.filter(({ request }) => request.headers.some(([name]) => name === 'Expect')).length)
    throw new Error(`${interim} interim replies`);
}

/** Whether an answer has the tag of another request. */
function findStranger(text: string, id: string): string | undefined {
  const tag = /canary-cell-8675309-(\d+-\d+)/.exec(text)?.[1];
  return tag !== undefined && `f${tag}` !== id ? `the reply to ${id} has the answer to f${tag}` : undefined;
}
