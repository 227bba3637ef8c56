/** Turns an adapter into a model kind: checks the settings and builds a model that calls the upstream. Loading calls nothing. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import { parsePart, toSplitKind, type LoadedParts, type ModelKind } from '../models/kinds/kind.ts';
import type { Prepare } from '../models/split-model.ts';
import type { RemoteAdapter } from './adapter.ts';
import { checkOutput } from './check-output.ts';
import { connect } from './connect.ts';
import { UpstreamReadiness } from './upstream-readiness.ts';
import { buildRemoteModel } from './remote-model.ts';
import { splitTable, type Part, type PartLimits } from './request/split-table.ts';
import { isSlowAnswer, isSlowRequest, type TemplateSettings } from './template.ts';
import type { RemoteSettings } from './remote-settings.ts';

/** Max bytes of one request, if neither the settings nor the system have a limit. */
const MAX_BYTES = 2 ** 24;

/** Builds the model kind of an adapter. */
export function toRemoteKind<Settings extends RemoteSettings>(adapter: RemoteAdapter<Settings>): ModelKind {
  return toSplitKind(
    ({ file }) => load(adapter, file),
    (file) => buildPrepare(adapter, file),
  );
}

async function load<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  file: DeploymentFile,
): Promise<LoadedParts<undefined, Part>> {
  const settings = parsePart(adapter.settings, file.settings, 'deployment.json.settings');
  checkOutput(file, settings.output);
  const format = adapter.build(file, settings);
  const upstream = await connect(adapter, settings, (outcome) => readiness.noteRequest(outcome));
  const template = settings as Partial<TemplateSettings>;
  const model = buildRemoteModel({
    file,
    format,
    upstream,
    output: settings.output,
    timeout: settings.timeout,
    maxPending: settings.max_pending,
    isSlow: isSlowAnswer(template.answer ?? {}),
    onCall: (failure) => {
      readiness.note(failure);
    },
  });
  const { readyPath } = format;
  const readiness = new UpstreamReadiness({
    interval: settings.ready_interval,
    ping: readyPath === undefined ? undefined : (signal) => upstream.get(readyPath, signal),
    isCircuitOpen: () => upstream.isCircuitOpen,
    onClose: () => {
      upstream.close();
      model.close();
    },
  });
  return {
    data: undefined,
    isSlow: isSlowRequest(template.request),
    scoreParts: model.scoreParts,
    remote: readiness,
  };
}

function buildPrepare<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  file: DeploymentFile,
): Prepare<Part> {
  const settings = parsePart(adapter.settings, file.settings, 'deployment.json.settings');
  const format = adapter.build(file, settings);
  const limits = toLimits(adapter, settings);
  return (table) => splitTable(table, format, limits);
}

/** The limits of a request: from the settings, else the system's own. */
export function toLimits(
  { limits }: Pick<RemoteAdapter, 'limits'>,
  { max_rows, max_bytes }: Pick<RemoteSettings, 'max_rows' | 'max_bytes'>,
): PartLimits {
  return {
    maxRows: max_rows,
    maxBytes: max_bytes ?? limits?.maxBytes ?? MAX_BYTES,
  };
}
