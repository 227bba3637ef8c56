import { SpanStatusCode } from '@opentelemetry/api';
import type { EndedExchange } from './exchange-observer.ts';
import { toMethod } from './request-trace.ts';

/** Ends the span of a request. It says what the log says, and no value of a table. */
export function endTrace({ id, request, trace: own, details, status, error }: EndedExchange): void {
  const span = own?.span;
  if (!span) return;
  const { route, operation, deployment, rows } = details;
  if (route !== undefined) span.updateName(`${toMethod(request?.method ?? '')} ${route}`);
  span.setAttributes({
    'http.route': route,
    'http.response.status_code': status,
    'custom_ml_engine.request.id': id,
    'custom_ml_engine.operation': operation,
    'custom_ml_engine.deployment.id': deployment,
    'custom_ml_engine.rows': rows,
    'error.type': error?.code ?? (status === undefined ? 'aborted' : undefined),
  });
  // By the conventions for HTTP servers, 4xx is the caller's error, not the span's.
  if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
