/** Reads the replies of one connection, strictly: nothing may come before, between, in or after them. */

export interface ParsedReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The id of the request that it answers, as the engine says. */
  readonly id: string;
}

export interface ParsedReplies {
  /** The final replies, in order. */
  readonly replies: readonly ParsedReply[];
  /** How many were `100 Continue`. */
  readonly interim: number;
  /** Whether the beginning of another one follows them. */
  readonly isCut: boolean;
}

/**
 * Parses all that was received on a connection.
 * @param toBodyless whether the reply to a request with this id has no body, as for HEAD; `maybe` where a mutation hides that
 * @param mayBeCut whether the last reply may be incomplete
 * @throws an Error that says what is not a reply
 */
export function parseReplies(
  bytes: Buffer,
  toBodyless: (id: string) => boolean | 'maybe',
  mayBeCut = false,
): ParsedReplies {
  const replies: ParsedReply[] = [];
  let interim = 0;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', start);
    if (end < 0 && mayBeCut) break;
    if (end < 0) throw new Error(`no head of a reply: ${show(bytes, start)}`);
    const [statusLine = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [A-Za-z' -]+$/.exec(statusLine)?.[1]);
    if (!(status >= 100)) throw new Error(`no status line: ${show(bytes, start)}`);
    if (status < 200) {
      if (status !== 100 || lines.length > 0) throw new Error(`an interim reply other than 100: ${show(bytes, start)}`);
      interim += 1;
      start = end + 4;
      continue;
    }
    const headers = new Headers(lines.map((line) => parseHeader(line)));
    const id = headers.get('x-request-id') ?? '';
    const bodyless = toBodyless(id);
    const isFollowed = end + 4 === bytes.length || bytes.toString('latin1', end + 4, end + 13) === 'HTTP/1.1 ';
    const hasBody = bodyless === 'maybe' ? !isFollowed : !bodyless;
    const length = !hasBody ? 0 : Number(headers.get('content-length') ?? NaN);
    const stop = end + 4 + length;
    if (mayBeCut && stop > bytes.length) break;
    if (!(stop <= bytes.length))
      throw new Error(`a body that is shorter than its Content-Length: ${show(bytes, start)}`);
    replies.push({ status, headers, id, text: bytes.toString('utf8', end + 4, stop) });
    start = stop;
  }
  return { replies, interim, isCut: start < bytes.length };
}

function parseHeader(line: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): ?([\t -~\x80-\xff]*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no header: ${JSON.stringify(line)}`);
  return [name, value];
}

function show(bytes: Buffer, start: number): string {
  return JSON.stringify(bytes.toString('latin1', start, Math.min(bytes.length, start + 200)));
}
