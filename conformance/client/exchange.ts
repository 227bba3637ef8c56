/** A request to an engine, and its response or failure. */

export interface EngineRequest {
  readonly method: string;
  /** On the host of the base URL. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the response may be as large as that of thousands of rows. */
  readonly isLarge?: boolean;
  /** Which credentials are sent; the right ones by default. */
  readonly credentials?: CredentialsKind;
}

export type CredentialsKind = 'right' | 'none' | 'wrong' | 'another-user' | 'malformed';

/** A complete response. Header names are in lower case. */
export interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body after inflating. */
  readonly bytes: Buffer;
  /** From the first attempt to connect to the last byte. */
  readonly milliseconds: number;
}

/**
 * `unreachable`: no connection. `closed`: the connection was closed before the response was complete. `broken`: the response is
 * not HTTP. `given-up`: not sent, because too many calls timed out before.
 */
export type FailureKind = 'unreachable' | 'timeout' | 'too-large' | 'closed' | 'broken' | 'given-up';

/** No usable response. The message is a clause: "was not answered within 60 s". */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly milliseconds: number;
}

export type Exchange = Reply | Failure;

/** Whether there is a complete response. */
export function isReply(exchange: Exchange): exchange is Reply {
  return exchange.kind === 'reply';
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body as text; undefined if it is not UTF-8. A byte order mark is kept, because JSON has none (RFC 8259, 8.1). */
export function toText({ bytes }: Reply): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Far more than is printed, so that no secret is cut in two within the printed part. */
const EXCERPT = 4000;
const HTML = /^\s*(<!doctype html|<html)/i;

/** Whether a body is an HTML page. */
export function isHtml({ bytes }: Reply): boolean {
  return HTML.test(bytes.subarray(0, 200).toString('utf8'));
}

/** A response or failure in a few words, with the beginning of its body: "500, text/html: Internal Server Error…". */
export function describe(exchange: Exchange): string {
  if (!isReply(exchange)) return `the call ${exchange.message}`;
  const { status, headers, bytes } = exchange;
  const location = headers['location'];
  const type = headers['content-type']?.split(';', 1)[0] ?? 'no Content-Type';
  const start = bytes.subarray(0, EXCERPT).toString('utf8');
  return [
    `${status}, ${type}`,
    location !== undefined && status >= 300 && status < 400 ? `, to ${location} (redirects are not followed)` : '',
    bytes.length === 0 ? ', no body' : `: ${isHtml(exchange) ? start.replace(/<[^>]*>/g, ' ') : start}`,
  ].join('');
}
