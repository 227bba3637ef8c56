/** What a status other than 2xx says, in the words of all systems: IBM's, MLflow's, KServe's, FastAPI's, the clouds'. */
import type { HttpReply } from './http.ts';
import { parseRetryAfter } from './retry-after.ts';
import { UpstreamError } from './upstream-error.ts';

/** The status of the model's own container, where the system passes it on as a 424. */
const ORIGINAL_STATUS = 'ms-azureml-model-error-statuscode';

/** The failure that a reply tells of. */
export function readFailure({ status, headers, text }: HttpReply): UpstreamError {
  const json = parseJson(text);
  const original = status === 424 ? Number(headers[ORIGINAL_STATUS] ?? readKey(json, 'OriginalStatusCode')) : NaN;
  const code = [
    readKey(json, 'error_code'),
    readKey(json, 'ErrorCode'),
    readKey(json, 'errorCode'),
    readKey(json, 'code'),
    readKey(readFirst(readKey(json, 'errors')), 'code'),
    readKey(readKey(json, 'error'), 'status'),
    readKey(readKey(json, 'error'), 'code'),
    // At times with an address after it.
    headers['x-amzn-errortype']?.split(':')[0],
  ].find(isCode);
  const told = `the status ${status}${original >= 400 ? `, of the model's own ${original}` : ''}${code === undefined ? '' : `, ${code}`}`;
  const options = { status, said: toSaid(json, text), retryAfter: parseRetryAfter(headers['retry-after']) };
  switch (original >= 400 ? original : status) {
    case 401:
    case 403:
      return new UpstreamError('unauthorized', told, options);
    case 408:
    case 504:
      return new UpstreamError('late', told, options);
    case 429:
    case 503:
      return new UpstreamError('busy', told, options);
    default:
      return new UpstreamError(
        'status',
        status >= 300 && status < 400 ? `${told}: redirects are not followed` : told,
        options,
      );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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

/** A code is a word for programs; whatever else stands in its place may hold data. */
function isCode(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value));
}

const MOST_SAID = 500;

function toSaid(json: unknown, text: string): string {
  const error = readKey(json, 'error');
  const told = [
    readKey(error, 'message'),
    readKey(json, 'error_description'),
    error,
    readKey(json, 'message'),
    readKey(json, 'detail'),
    readKey(readFirst(readKey(json, 'errors')), 'message'),
    readKey(json, 'OriginalMessage'),
    readKey(json, 'Message'),
    readKey(json, 'errorMessage'),
  ].find((value) => typeof value === 'string');
  return (told ?? text).slice(0, MOST_SAID);
}
