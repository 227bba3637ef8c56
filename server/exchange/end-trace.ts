import { setTimeout as sleep } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
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

/** Milliseconds within which the last spans have to be exported when an engine stops. */
const FLUSH_TIME = 2_000;

/** Has the SDK export what it has, if there is one. The interface of providers leaves this to the SDK. */
export async function flushTraces(): Promise<void> {
  const provider: unknown = trace.getTracerProvider();
  const { getDelegate } = provider as { getDelegate?: () => unknown };
  const own = getDelegate?.call(provider) ?? provider;
  const flushed = (own as { forceFlush?: () => Promise<void> }).forceFlush?.();
  if (!flushed) return;
  const patience = new AbortController();
  await Promise.race([
    flushed.catch(() => undefined),
    sleep(FLUSH_TIME, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
}
