/**
 * The failure of a request. `code` is for programs and determines the status (server/exchange/error-reply.ts), `message` is for the
 * caller and never repeats data of the request, `cause` is for the log and never leaves the process.
 */

/** Every code of an error reply; docs/contract.md explains each, and a test keeps the two in step. */
export const ERROR_CODES = [
  'malformed_request',
  'malformed_json',
  'invalid_body',
  'invalid_fields',
  'missing_fields',
  'invalid_row',
  'invalid_value',
  'unauthorized',
  'not_found',
  'deployment_not_found',
  'logging_off',
  'metrics_provider_not_found',
  'method_not_allowed',
  'request_timeout',
  'range_not_satisfiable',
  'headers_too_large',
  'body_too_large',
  'too_many_rows',
  'unsupported_media_type',
  'unsupported_encoding',
  'internal_error',
  'model_failed',
  'target_failed',
  'interrupted',
  'too_busy',
  'stopping',
  'not_logged',
  'target_unavailable',
  'target_timeout',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The part of the request that is wrong: a place in the body, a path parameter or a header. */
export interface ErrorTarget {
  readonly type: 'field' | 'parameter' | 'header';
  readonly name: string;
}

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly target: ErrorTarget | undefined;
  /** After how many seconds the request may be retried, if known. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { target?: ErrorTarget; cause?: unknown; retryAfter?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.target = options.target;
    this.retryAfter = options.retryAfter;
  }
}
