/** What is sent to an upstream, and what comes back. */
import type { HttpReply } from './http.ts';
import { ReplyError } from './upstream-error.ts';

/** A request to an upstream, without what is added to it: credentials and connection. It is a POST. */
export interface UpstreamRequest {
  /** Below the URL of the upstream, with its query; begins with a slash, or is empty. */
  readonly path: string;
  /** In lower case; `content-type` is application/json where there is none. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: RequestBody;
}

/** A text, or its bytes in UTF-8. */
export type RequestBody = string | Uint8Array;

/** A reply of an upstream: its status was 2xx. */
export interface UpstreamReply {
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The text as JSON. Throws a ReplyError where it is none. */
  json(): unknown;
}

/** A reply over HTTP whose status was 2xx, read as text and, when asked, as JSON. */
export function toUpstreamReply({ headers, text }: HttpReply): UpstreamReply {
  return {
    headers,
    text,
    json: () => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        // The error of the parser repeats what it read.
        throw new ReplyError('expected JSON');
      }
    },
  };
}
