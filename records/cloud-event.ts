import type { LoggedRecord } from './sink.ts';

/** The type of the events, by the kind of their record. */
const TYPES = {
  payload: 'org.custom-ml-engine.payload.v1',
  feedback: 'org.custom-ml-engine.feedback.v1',
} as const satisfies Record<LoggedRecord['kind'], string>;

/** A record as an event of CloudEvents 1.0, in its JSON format. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Omit<LoggedRecord, 'kind'>;
}

/**
 * Makes an event of a record. Its `id` is the scoring id; with `source`, which names the deployment, and `type` it is unique, as the
 * specification wants it.
 * @param source a URI-reference of the engine, without a slash at its end
 */
export function toCloudEvent({ kind, ...data }: LoggedRecord, source: string): CloudEvent {
  return {
    specversion: '1.0',
    id: data.scoringId,
    source: `${source}/v1/deployments/${data.deployment}`,
    type: TYPES[kind],
    subject: data.deployment,
    time: data.timestamp,
    datacontenttype: 'application/json',
    data,
  };
}
