/** A model kind of an adapter: checks the settings, and makes a model that asks the target. Loading asks it nothing. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DeploymentError } from '../deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { parsePart, type LoadedModel, type ModelKind } from '../kinds/kind.ts';
import type { RemoteAdapter } from './adapter.ts';
import { Readiness } from './readiness.ts';
import { buildRemoteModel } from './remote-model.ts';
import { Target } from './target.ts';
import type { TargetSettings } from './target-settings.ts';

/** The rows of one request, where neither the settings nor the system have a limit: OpenScale's own largest calls are 5000. */
const MOST_ROWS = 5000;
/** The bytes of one request, where neither the settings nor the system have a limit. */
const MOST_BYTES = 2 ** 24;

/** Makes a kind of an adapter. */
export function toRemoteKind<Settings extends TargetSettings>(adapter: RemoteAdapter<Settings>): ModelKind {
  return { load: ({ file }) => load(adapter, file) };
}

async function load<Settings extends TargetSettings>(
  adapter: RemoteAdapter<Settings>,
  file: DeploymentFile,
): Promise<LoadedModel> {
  const settings = parsePart(adapter.settings, file.settings, 'deployment.json.settings');
  const url = settings.url ?? adapter.toUrl?.(settings);
  if (url === undefined) throw new DeploymentError(['deployment.json.settings.url: expected the URL of the target']);
  const format = adapter.build(file, settings);
  const ca = settings.ca_file === undefined ? undefined : await readCertificates(settings.ca_file);
  const authentication = settings.authentication ?? adapter.toAuthentication?.(settings);
  const target = new Target({ ...settings, url, authentication, ca });
  const model = buildRemoteModel({
    file,
    format,
    target,
    limits: {
      maxRows: settings.max_rows ?? adapter.limits?.maxRows ?? MOST_ROWS,
      maxBytes: settings.max_bytes ?? adapter.limits?.maxBytes ?? MOST_BYTES,
    },
    output: settings.output,
    timeout: settings.timeout,
    maxPending: settings.max_pending,
    onCall: (failure) => {
      readiness.note(failure);
    },
  });
  const { readyPath } = format;
  const readiness = new Readiness({
    interval: settings.ready_interval,
    ping: readyPath === undefined ? undefined : (signal) => target.get(readyPath, signal),
    onClose: () => {
      target.close();
    },
  });
  return { model, remote: readiness };
}

async function readCertificates(path: string): Promise<string> {
  const fail = (expected: string, cause: unknown) =>
    new DeploymentError([`deployment.json.settings.ca_file: expected ${expected}`], { cause });
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fail('a file that can be read', cause);
  });
  try {
    // TLS itself takes any text, and then believes nobody.
    new X509Certificate(text);
  } catch (cause) {
    throw fail('certificates in PEM', cause);
  }
  return text;
}
