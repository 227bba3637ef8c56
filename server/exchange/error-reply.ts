/** The one place where a failure becomes a status and the error body of the contract, or of the Open Inference Protocol. */
import type { components } from '../../generated/api.ts';
import { EngineError, type ErrorCode } from '../../errors/engine-error.ts';

interface StatusLine {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const RETRY = { 'Retry-After': '1' };

/** The status of every error code, and the headers that go with it. */
const STATUS: Readonly<Record<ErrorCode, StatusLine>> = {
  malformed_request: { status: 400 },
  malformed_json: { status: 400 },
  invalid_body: { status: 400 },
  invalid_fields: { status: 400 },
  missing_fields: { status: 400 },
  invalid_row: { status: 400 },
  invalid_value: { status: 400 },
  unauthorized: { status: 401 },
  not_found: { status: 404 },
  deployment_not_found: { status: 404 },
  logging_off: { status: 404 },
  metrics_provider_not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  request_timeout: { status: 408 },
  body_too_large: { status: 413 },
  too_many_rows: { status: 413 },
  unsupported_media_type: { status: 415 },
  unsupported_encoding: { status: 415, headers: { 'Accept-Encoding': 'gzip, deflate, br' } },
  range_not_satisfiable: { status: 416 },
  headers_too_large: { status: 431 },
  internal_error: { status: 500 },
  model_failed: { status: 500 },
  target_failed: { status: 502 },
  interrupted: { status: 503, headers: RETRY },
  too_busy: { status: 503, headers: RETRY },
  stopping: { status: 503, headers: RETRY },
  not_logged: { status: 503, headers: RETRY },
  target_unavailable: { status: 503, headers: RETRY },
  target_timeout: { status: 504 },
};

/** Whose error body a reply has: the contract's, or the Open Inference Protocol's. */
export type ErrorFormat = 'contract' | 'open-inference';

export interface ErrorReply extends StatusLine {
  readonly body: components['schemas']['Errors'] | { readonly error: string };
}

/** Any failure as an EngineError; an unexpected one becomes an internal_error with the failure as its cause. */
export function toEngineError(failure: unknown): EngineError {
  if (failure instanceof EngineError) return failure;
  return new EngineError('internal_error', 'The engine failed to answer this request.', { cause: failure });
}

/** The reply to a failure: status, headers and error body. */
export function toErrorReply(
  { code, message, target, retryAfter }: EngineError,
  requestId: string,
  format: ErrorFormat = 'contract',
): ErrorReply {
  const { status, headers } = STATUS[code];
  const retry = retryAfter !== undefined && { 'Retry-After': String(Math.ceil(retryAfter)) };
  return {
    status,
    headers: { ...headers, ...retry },
    body:
      format === 'contract'
        ? { trace: requestId, errors: [{ code, message, ...(target && { target }) }] }
        : { error: message },
  };
}
