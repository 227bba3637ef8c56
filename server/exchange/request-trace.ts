/**
 * The trace that a request belongs to (OpenTelemetry, W3C Trace Context). Spans are made through @opentelemetry/api only: without an
 * SDK there are none, and all that is left is the caller's trace id for the log and the headers for upstreams. Contexts are passed
 * on as arguments, because work in threads is reported by messages, which have no active context.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  context as contexts,
  createTraceState,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type TimeInput,
} from '@opentelemetry/api';
import { EngineError } from '../../errors/engine-error.ts';
import { toErrorReply } from './error-reply.ts';

/** A request in a trace. */
export interface RequestTrace {
  readonly traceId: string;
  /** Whether somebody records the trace: the caller says so, or the SDK. */
  readonly isSampled: boolean;
  /** What the work for this request continues. */
  readonly context: Context;
  /** The span of the request; undefined without an SDK. */
  readonly span: Span | undefined;
}

/** Begins the span of a request; undefined if there is no SDK, and the caller has no trace. */
export function startTrace(request: IncomingMessage): RequestTrace | undefined {
  const { method = '', url = '', headers, httpVersion, socket } = request;
  const parent = findParent(headers);
  const caller = trace.getSpanContext(parent);
  const span = toTracer().startSpan(
    toMethod(method),
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': METHODS.has(method) ? method : '_OTHER',
        'url.path': url.split('?', 1)[0],
        'url.scheme': 'encrypted' in socket ? 'https' : 'http',
        'network.protocol.version': httpVersion,
      },
    },
    parent,
  );
  const spanContext = span.spanContext();
  // Without an SDK, a span has the ids of its parent, or none.
  if (isSpanContextValid(spanContext) && spanContext.spanId !== caller?.spanId)
    return toTrace(trace.setSpan(parent, span), spanContext, span);
  return caller && toTrace(parent, caller, undefined);
}

/**
 * Does work in a span of its own, if the request has a span.
 * @param work gets what it is to continue
 */
export async function inSpan<Value>(
  request: RequestTrace | undefined,
  name: string,
  work: (context: Context | undefined) => Promise<Value>,
): Promise<Value> {
  if (!request?.span) return work(request?.context);
  const span = toTracer().startSpan(name, {}, request.context);
  try {
    return await work(trace.setSpan(request.context, span));
  } catch (failure) {
    const code = failure instanceof EngineError ? failure.code : 'internal_error';
    span.setAttribute('error.type', code);
    const isOurs = !(failure instanceof EngineError) || toErrorReply(failure, '').status >= 500;
    if (isOurs) span.setStatus({ code: SpanStatusCode.ERROR });
    throw failure;
  } finally {
    span.end();
  }
}

/** Adds a span of work that has ended, for example in a thread. Times are milliseconds since 1970. */
export function addSpan(
  context: Context | undefined,
  name: string,
  { start, end }: { readonly start: TimeInput; readonly end: TimeInput },
  attributes: Attributes,
): void {
  if (context) toTracer().startSpan(name, { startTime: start, attributes }, context).end(end);
}

function toTracer() {
  return trace.getTracer('custom-ml-engine');
}

function toTrace(context: Context, { traceId, traceFlags }: SpanContext, span: Span | undefined): RequestTrace {
  return { traceId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0, context, span };
}

/** The methods that the conventions for HTTP know. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
]);

/** A method as the name of a span has it. */
export function toMethod(method: string): string {
  return METHODS.has(method) ? method : 'HTTP';
}

/** What the span of a request continues: the span around it, where a program has one, or the caller's. */
function findParent(headers: IncomingHttpHeaders): Context {
  const active = contexts.active();
  if (trace.getSpanContext(active)) return active;
  if (propagation.fields().length > 0) return propagation.extract(active, headers);
  return headers.traceparent === undefined ? ROOT_CONTEXT : readTraceContext(headers);
}

/** Version, trace id, parent id and flags; later versions than 00 may have more behind a dash. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * The trace of the headers (W3C Trace Context). An invalid traceparent, or several, count as none; then tracestate does not count
 * either. What is invalid in tracestate is left out, or all of it if it is too long.
 */
export function readTraceContext({ traceparent, tracestate }: IncomingHttpHeaders): Context {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const [, version, traceId = '', spanId = '', flags = '', more] = match ?? [];
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  if ((version === '00' && more !== undefined) || !isSpanContextValid(spanContext)) return ROOT_CONTEXT;
  if (tracestate === undefined) return trace.setSpanContext(ROOT_CONTEXT, spanContext);
  return trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, traceState: createTraceState(tracestate.toString()) });
}
