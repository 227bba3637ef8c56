/** Requests to an upstream, and its replies. */
import type { HttpReply } from './http.ts';
import { ReplyError } from './upstream-error.ts';

/** A POST to an upstream, before credentials are added. */
export interface UpstreamRequest {
  /** Relative to the URL of the upstream, including the query; begins with a slash, or is empty. */
  readonly path: string;
  /** In lower case; `content-type` defaults to application/json. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: RequestBody;
}

/** Text, or its bytes in UTF-8. */
export type RequestBody = string | Uint8Array;

/** A reply of an upstream with a 2xx status. */
export interface UpstreamReply {
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The text parsed as JSON. Throws a ReplyError if it is not JSON. */
  json(): unknown;
}

/** An HTTP reply with a 2xx status as text, which is parsed as JSON only on demand. */
export function toUpstreamReply({ headers, text }: HttpReply): UpstreamReply {
  return {
    headers,
    text,
    json: () => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        // The parser's own error repeats data.
        throw new ReplyError('expected JSON');
      }
    },
  };
}
