/** The kinds of sinks: one file and one line each. A kind's name is the `type` in the settings of a sink. */
import { openScaleSink } from '../../openscale/sinks/openscale-sink.ts';
import { fileSink } from '../../records/sinks/file-sink.ts';
import { httpSink } from '../../records/sinks/http-sink.ts';
import type { SinkKind } from '../../records/sink-kind.ts';

export const sinkKinds = { file: fileSink, http: httpSink, openscale: openScaleSink };

/** The kind of a sink by its type; what it is opened with, its own schema has checked. */
export function findSinkKind(type: string): SinkKind<unknown> | undefined {
  return Object.hasOwn(sinkKinds, type) ? (sinkKinds as Readonly<Record<string, SinkKind<unknown>>>)[type] : undefined;
}
