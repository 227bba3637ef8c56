/** A request of the fuzzers, as bytes and with what its reply must be. */
import { checkReply } from '../support/contract.ts';
import { findInError, findInReply, PASSWORD } from './canaries.ts';
import type { ParsedReply } from './parse-replies.ts';

/** Valid credentials of the engine. */
export const AUTHORIZATION = `Basic ${Buffer.from(`fuzz:${PASSWORD}`).toString('base64')}`;

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
  /** Whether it has the right credentials. */
  readonly isAuthorized: boolean;
  /** What a good reply must be, beside what the contract says; gives what is wrong. */
  readonly checkAnswer?: (text: string) => string | undefined;
}

/** The request as bytes, with its id. */
export function toRequestBytes({ method, path, headers, body }: FuzzRequest, id: string): Buffer {
  const own = body && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const all = [
    ['Host', 'localhost'],
    ['X-Request-Id', id],
    ...headers,
    ...(own ? [['Content-Length', body.length]] : []),
  ];
  const head = `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
}

/**
 * Checks what holds for every reply: the contract, canaries, and that the engine does not fail.
 * @param request the request that it answers; undefined for what is no request, or not known
 * @throws when something does not hold
 */
export function checkFuzzReply(reply: ParsedReply, request?: FuzzRequest, isHead = request?.method === 'HEAD'): void {
  const { status, headers, text } = reply;
  const path = request?.path.split('?', 1)[0] ?? '*';
  if (status >= 500 && !(status === 503 && /^\d+$/.test(headers.get('retry-after') ?? '')))
    throw new Error(`status ${status}: ${text.slice(0, 300)}`);
  checkReply(isHead ? 'HEAD' : (request?.method ?? 'GET'), path, reply);
  const canary = (status >= 400 && !path.startsWith('/health/') ? findInError(text) : undefined) ?? findInReply(text);
  if (canary !== undefined) throw new Error(`a reply ${status} has ${JSON.stringify(canary)}: ${text.slice(0, 500)}`);
  for (const [name, value] of headers) {
    if (findInReply(value) !== undefined) throw new Error(`the header ${name} has a canary: ${value}`);
  }
  if (!request || status !== 200) return;
  if (path.startsWith('/v1') && !request.isAuthorized) throw new Error('an answer without credentials');
  const complaint = isHead ? undefined : request.checkAnswer?.(text);
  if (complaint !== undefined) throw new Error(complaint);
}
