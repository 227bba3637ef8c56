/** Requests to an upstream, and its replies. */
import type { HttpReply, HttpRequest } from './http.ts';
import { hasNonFiniteNumbers } from './describe-reply.ts';
import { isDeep } from '../files/is-deep.ts';
import { parseReplyJson } from './parse-json.ts';
import { ReplyError } from './upstream-error.ts';

/** A POST to an upstream, before credentials are added. */
export interface UpstreamRequest {
  /** Relative to the URL of the upstream, including the query; begins with a slash, or is empty. */
  readonly path: string;
  /** In lower case; `content-type` defaults to application/json. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: RequestBody;
}

/** A request of any method. */
export interface AnyUpstreamRequest extends Omit<UpstreamRequest, 'body'> {
  readonly method: HttpRequest['method'];
  readonly body?: RequestBody | undefined;
  /** Whether repeating it does no harm; by default only if it is a GET. */
  readonly isRepeatable?: boolean | undefined;
}

/** Text, or its bytes in UTF-8. */
export type RequestBody = string | Uint8Array;

/** A reply of an upstream with a 2xx status. */
export interface UpstreamReply {
  /** The request that it answers: the method and the URL without its query. */
  readonly request: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The text parsed as JSON. Throws a ReplyError if it is not JSON. */
  json(): unknown;
}

/**
 * An HTTP reply with a 2xx status as text, which is parsed as JSON only on demand.
 * @param request see UpstreamReply
 */
export function toUpstreamReply(
  { headers, text }: Omit<HttpReply, 'status'> & { readonly status?: number },
  request: string,
): UpstreamReply {
  return {
    request,
    headers,
    text,
    json: () => {
      try {
        return parseReplyJson(text);
      } catch {
        if (isDeep(text)) throw new ReplyError('expected JSON nested at most 100 levels deep');
        // The parser's own error repeats data.
        throw new ReplyError(
          hasNonFiniteNumbers(text) ? 'expected JSON, which does not allow NaN and Infinity' : 'expected JSON',
        );
      }
    },
  };
}
