import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { SentEvent } from '../../records/sender.ts';

/**
 * Makes the span of an attempt to deliver logged records. It begins a trace of its own: the records of a batch come from many requests,
 * which ended before it was sent.
 */
export function traceDelivery({ sink, records, start, end, error }: SentEvent): void {
  const span = trace.getTracer('custom-ml-engine').startSpan(
    'deliver records',
    {
      kind: SpanKind.PRODUCER,
      startTime: start,
      attributes: { 'custom_ml_engine.sink': sink, 'custom_ml_engine.records': records },
    },
    ROOT_CONTEXT,
  );
  if (error) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
  span.end(end);
}
