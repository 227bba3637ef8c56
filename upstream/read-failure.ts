/** Reads error replies: the formats of IBM, MLflow, KServe, FastAPI and the cloud platforms. */
import { tryParseReplyJson } from './parse-json.ts';
import type { HttpReply } from './http.ts';
import { parseRetryAfter } from './retry-after.ts';
import { UpstreamError } from './upstream-error.ts';

/** Azure ML answers 424 when the model's container fails, with the container's status in this header. */
const ORIGINAL_STATUS = 'ms-azureml-model-error-statuscode';

/** The failure that an error reply describes. */
export function readFailure({ status, headers, text }: HttpReply): UpstreamError {
  const json = tryParseReplyJson(text);
  const original = status === 424 ? Number(headers[ORIGINAL_STATUS] ?? readKey(json, 'OriginalStatusCode')) : NaN;
  const code = [
    readKey(json, 'error_code'),
    readKey(json, 'ErrorCode'),
    readKey(json, 'errorCode'),
    readKey(json, 'code'),
    readKey(readFirst(readKey(json, 'errors')), 'code'),
    readKey(readKey(json, 'error'), 'status'),
    readKey(readKey(json, 'error'), 'code'),
    // Sometimes followed by a colon and a URL.
    headers['x-amzn-errortype']?.split(':')[0],
  ].find(isCode);
  const description = `status ${status}${original >= 400 ? `, from the model's own ${original}` : ''}${code === undefined ? '' : `, ${code}`}`;
  const options = {
    status,
    quote: findQuote(json) ?? text.slice(0, MAX_QUOTE),
    retryAfter: parseRetryAfter(headers['retry-after']),
  };
  switch (original >= 400 ? original : status) {
    case 401:
    case 403:
      return new UpstreamError('unauthorized', description, options);
    case 408:
    case 504:
      return new UpstreamError('late', description, options);
    case 429:
    case 503:
      return new UpstreamError('busy', description, options);
    default:
      return new UpstreamError(
        'status',
        status >= 300 && status < 400 ? `${description}: redirects are not followed` : description,
        options,
      );
  }
}

function readKey(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function readFirst(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

/** A code is a single word for programs; anything else may contain data. */
function isCode(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value));
}

const MAX_QUOTE = 500;

/** The error message in a reply's JSON, if it has one. */
export function findQuote(json: unknown): string | undefined {
  const error = readKey(json, 'error');
  return [
    readKey(error, 'message'),
    readKey(json, 'error_description'),
    error,
    readKey(json, 'message'),
    readKey(json, 'detail'),
    readKey(readFirst(readKey(json, 'errors')), 'message'),
    readKey(json, 'OriginalMessage'),
    readKey(json, 'Message'),
    readKey(json, 'errorMessage'),
  ]
    .find((value) => typeof value === 'string')
    ?.slice(0, MAX_QUOTE);
}
