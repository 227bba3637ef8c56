/** Inspects an upstream for `wrap`, while its settings may still be incomplete. */
import { z } from 'zod';
import { DeploymentError } from '../errors/deployment-error.ts';
import { toProblems } from '../errors/to-problems.ts';
import type { Inspection, RemoteAdapter } from './adapter.ts';
import { withDeadline } from '../upstream/deadline.ts';
import type { UpstreamReply } from '../upstream/request-reply.ts';
import { connect } from './connect.ts';
import { explainReply } from './reply/explain-reply.ts';
import { remoteSettingsSchema } from './remote-settings.ts';

const PLACE = 'deployment.json.settings';

/** The settings that inspecting needs; an adapter's other settings may be what it is to find out. */
const connectionSchema = z.object(remoteSettingsSchema.shape);

/**
 * What an upstream reports about its model; nothing if its kind cannot be inspected.
 * @param given the settings so far, as in `deployment.json`
 * @throws {DeploymentError} if the settings do not suffice to call the upstream
 * @throws {UpstreamError} if the upstream fails
 */
export async function inspectUpstream(
  adapter: RemoteAdapter,
  given: Readonly<Record<string, unknown>>,
): Promise<Inspection> {
  if (!adapter.inspect) return {};
  const complete = adapter.settings.safeParse(given);
  const settings = complete.success ? complete : connectionSchema.safeParse(given);
  if (!settings.success) throw new DeploymentError(toProblems(settings.error, PLACE));
  // A URL that is derived from settings needs all of them.
  if (!complete.success && settings.data.url === undefined)
    throw new DeploymentError(toProblems(complete.error, PLACE));
  const upstream = await connect(adapter, settings.data);
  let last: UpstreamReply | undefined;
  const send = async (path: string, body: unknown): Promise<UpstreamReply> => {
    if (body === undefined) return upstream.get(path);
    const request = { path, body: JSON.stringify(body) };
    return withDeadline(settings.data.timeout, undefined, (deadline) => upstream.post(request, deadline));
  };
  try {
    return await adapter.inspect(given, async (path, body) => (last = await send(path, body)).json());
  } catch (error) {
    // What the adapter cannot use is in the last reply.
    throw last
      ? await explainReply(last, () => Promise.reject(error as Error)).catch((explained: unknown) => explained)
      : error;
  }
}
