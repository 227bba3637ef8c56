/** Asks an upstream what it can tell of its model, while its settings may still be incomplete: for `wrap`. */
import { z } from 'zod';
import { DeploymentError } from '../errors/deployment-error.ts';
import { toProblems } from '../errors/to-problems.ts';
import type { Inspection, RemoteAdapter } from './adapter.ts';
import { withDeadline } from '../upstream/deadline.ts';
import { connect } from './connect.ts';
import { remoteSettingsSchema } from './remote-settings.ts';

const PLACE = 'deployment.json.settings';

/** The settings that asking takes; what else an adapter has may be what the answers are to tell. */
const askingSchema = z.object(remoteSettingsSchema.shape);

/**
 * What an upstream tells, nothing where its kind has no way to.
 * @param given the settings so far, as `deployment.json` would have them
 * @throws {DeploymentError} where the settings do not say whom to ask, and how
 * @throws {UpstreamError} as the upstream fails
 */
export async function inspectUpstream(
  adapter: RemoteAdapter,
  given: Readonly<Record<string, unknown>>,
): Promise<Inspection> {
  if (!adapter.inspect) return {};
  const complete = adapter.settings.safeParse(given);
  const settings = complete.success ? complete : askingSchema.safeParse(given);
  if (!settings.success) throw new DeploymentError(toProblems(settings.error, PLACE));
  // Where the URL is made of the settings, it takes all of them.
  if (!complete.success && settings.data.url === undefined)
    throw new DeploymentError(toProblems(complete.error, PLACE));
  const upstream = await connect(adapter, settings.data);
  return adapter.inspect(given, async (path, body) => {
    if (body === undefined) return (await upstream.get(path)).json();
    const request = { path, body: JSON.stringify(body) };
    const { timeout } = settings.data;
    return (await withDeadline(timeout, undefined, (deadline) => upstream.post(request, deadline))).json();
  });
}
