/**
 * Requests to upstreams in traces (OpenTelemetry): a client span for each request, and the headers with which the upstream continues
 * the caller's trace. Without an SDK there are no spans, and the upstream gets the caller's own trace context: a span that nobody
 * records must not stand between the two.
 */
import {
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { SendHttp } from './http.ts';
import { UpstreamError } from './upstream-error.ts';

/** Sends requests that belong to a trace as spans of it; others are sent as they are. */
export function traceHttp(send: SendHttp): SendHttp {
  return async (request, signal) => {
    const { context, method, url } = request;
    if (!context) return send(request, signal);
    const span = trace.getTracer('custom-ml-engine').startSpan(
      method,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'server.address': url.hostname,
          'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
          // Without the query, which may contain a key.
          'url.full': `${url.origin}${url.pathname}`,
          ...(request.attempt && { 'http.request.resend_count': request.attempt }),
        },
      },
      context,
    );
    try {
      const headers = { ...request.headers, ...toTraceHeaders(trace.setSpan(context, span)) };
      const reply = await send({ ...request, headers }, signal);
      span.setAttribute('http.response.status_code', reply.status);
      if (reply.status >= 400) noteFailure(span, String(reply.status));
      return reply;
    } catch (error) {
      noteFailure(span, error instanceof UpstreamError ? error.failure : 'error');
      throw error;
    } finally {
      span.end();
    }
  };
}

/** The headers that pass a trace on: those of the SDK, or those of W3C where none is set up. */
export function toTraceHeaders(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context, headers);
  if (propagation.fields().length > 0) return headers;
  const spanContext = trace.getSpanContext(context);
  if (!spanContext || !isSpanContextValid(spanContext)) return headers;
  const { traceId, spanId, traceFlags, traceState } = spanContext;
  headers['traceparent'] = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const state = traceState?.serialize() ?? '';
  if (state !== '') headers['tracestate'] = state;
  return headers;
}

/** By the conventions for HTTP clients, statuses from 400 on are errors. No message: it could have data or a URL with a key. */
function noteFailure(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
