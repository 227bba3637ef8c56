import type { LoggedRecord } from '../../records/sink.ts';

/** A record of one row, with an id. */
export function makeRecord(scoringId: string, changes: Partial<LoggedRecord> = {}): LoggedRecord {
  return {
    kind: 'payload',
    deployment: 'iris',
    scoringId,
    timestamp: '2026-11-26T12:00:00.000Z',
    responseTime: 3,
    request: { fields: ['x'], values: [[1]] },
    response: { fields: ['x', 'prediction'], values: [[1, 'setosa']] },
    ...changes,
  };
}
