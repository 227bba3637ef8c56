/** Asks a target what it can tell of its model, while its settings may still be incomplete: for `wrap`. */
import { z } from 'zod';
import { DeploymentError } from '../errors/deployment-error.ts';
import { toProblems } from '../models/deployment-file.ts';
import type { Learned, RemoteAdapter } from './adapter.ts';
import { withDeadline } from '../upstream/deadline.ts';
import { openTarget } from '../upstream/open-upstream.ts';
import { targetSettingsSchema } from '../upstream/upstream-settings.ts';

const PLACE = 'deployment.json.settings';

/** The settings that asking takes; what else an adapter has may be what the answers are to tell. */
const askingSchema = z.object(targetSettingsSchema.shape);

/**
 * What a target tells, nothing where its kind has no way to.
 * @param given the settings so far, as `deployment.json` would have them
 * @throws {DeploymentError} where the settings do not say whom to ask, and how
 * @throws {TargetError} as the target fails
 */
export async function askTarget(adapter: RemoteAdapter, given: Readonly<Record<string, unknown>>): Promise<Learned> {
  if (!adapter.learn) return {};
  const complete = adapter.settings.safeParse(given);
  const settings = complete.success ? complete : askingSchema.safeParse(given);
  if (!settings.success) throw new DeploymentError(toProblems(settings.error, PLACE));
  // Where the URL is made of the settings, it takes all of them.
  if (!complete.success && settings.data.url === undefined)
    throw new DeploymentError(toProblems(complete.error, PLACE));
  const target = await openTarget(adapter, settings.data);
  return adapter.learn(given, async (path, body) => {
    if (body === undefined) return (await target.get(path)).json();
    const request = { path, body: JSON.stringify(body) };
    const { timeout } = settings.data;
    return (await withDeadline(timeout, undefined, (deadline) => target.post(request, deadline))).json();
  });
}
