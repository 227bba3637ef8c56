import { describeCause } from '../../errors/describe-cause.ts';
import type { EndedExchange, ExchangeObserver } from '../exchange/exchange-observer.ts';
import type { Log } from './log.ts';

/** Builds the observer that writes one line per request. */
export function buildRequestLog(log: Log): ExchangeObserver {
  return (exchange) => {
    const { status = 0, error, details } = exchange;
    const line = toLine(exchange);
    if (error && status >= 500) log.error(line, 'request');
    else if (details.operation === undefined && status > 0 && status < 400) log.debug(line, 'request');
    else log.info(line, 'request');
  };
}

/** The fields of a log line; pino omits those that are undefined. */
function toLine({ id, details, trace, status, duration, error }: EndedExchange): object {
  return {
    id,
    trace_id: trace?.traceId,
    client: details.client,
    certificate: details.certificate,
    user: details.user,
    key: details.key,
    operation: details.operation,
    deployment: details.deployment,
    version: details.version,
    rows: details.rows,
    target_calls: details.target_calls,
    target_ms: details.target_ms,
    status,
    aborted: status === undefined ? true : undefined,
    ms: duration === undefined ? undefined : Math.round(duration * 100) / 100,
    code: error?.code,
    // A model may also throw undefined.
    cause: error && 'cause' in error ? describeCause(error.cause) : undefined,
  };
}
