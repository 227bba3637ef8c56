/** A model kind of an adapter: checks the settings, and makes a model that asks the target. Loading asks it nothing. */
import { readFile } from 'node:fs/promises';
import { DeploymentError } from '../deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { parsePart, type LoadedModel, type ModelKind } from '../kinds/kind.ts';
import type { RemoteAdapter } from './adapter.ts';
import { Readiness } from './readiness.ts';
import { buildRemoteModel } from './remote-model.ts';
import { Target } from './target.ts';
import { targetSettingsShape, type TargetSettings } from './target-settings.ts';

/** The rows of one request, where neither the settings nor the system have a limit: OpenScale's own largest calls are 5000. */
const MOST_ROWS = 5000;
/** The bytes of one request, where neither the settings nor the system have a limit. */
const MOST_BYTES = 2 ** 24;

/** Makes a kind of an adapter. */
export function toRemoteKind<Settings extends object>(adapter: RemoteAdapter<Settings>): ModelKind {
  return {
    load: ({ file }) => load(adapter, file),
  };
}

/** The settings of a deployment, those of every target and the adapter's own. Throws a DeploymentError. */
export function parseSettings<Settings extends object>(
  adapter: RemoteAdapter<Settings>,
  settings: unknown,
): { readonly all: TargetSettings; readonly own: Settings; readonly url: string } {
  // One parse for both, so that every problem is named.
  const schema = adapter.settings.extend(targetSettingsShape);
  const parsed = parsePart(schema, settings, 'deployment.json.settings') as TargetSettings & Settings;
  const url = parsed.url ?? adapter.toUrl?.(parsed);
  if (url === undefined) throw new DeploymentError(['deployment.json.settings.url: expected the URL of the target']);
  return { all: parsed, own: parsed, url };
}

async function load<Settings extends object>(
  adapter: RemoteAdapter<Settings>,
  file: DeploymentFile,
): Promise<LoadedModel> {
  const { all, own, url } = parseSettings(adapter, file.settings);
  const format = adapter.build(file, own);
  const ca = all.ca_file === undefined ? undefined : await readCertificates(all.ca_file);
  const target = new Target({ ...all, url, authentication: all.authentication ?? adapter.toAuthentication?.(own), ca });
  const model = buildRemoteModel({
    file,
    format,
    target,
    limits: {
      maxRows: all.max_rows ?? adapter.limits?.maxRows ?? MOST_ROWS,
      maxBytes: all.max_bytes ?? adapter.limits?.maxBytes ?? MOST_BYTES,
    },
    output: all.output,
    timeout: all.timeout,
    onCall: (failure) => {
      readiness.note(failure);
    },
  });
  const { readyPath } = format;
  const readiness = new Readiness({
    interval: all.ready_interval,
    ping: readyPath === undefined ? undefined : () => target.get(readyPath),
  });
  return { model, remote: readiness };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DeploymentError(['deployment.json.settings.ca_file: expected a file that can be read'], { cause });
  }
}
