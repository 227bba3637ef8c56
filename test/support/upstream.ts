/** Targets as remote kinds have them, for tests of credentials: what is posted goes to a double of the system. */
import { authenticationSchema } from '../../upstream/credentials/authentication.ts';
import { withDeadline } from '../../upstream/deadline.ts';
import { remoteSettingsSchema } from '../../remote/remote-settings.ts';
import { Upstream } from '../../upstream/upstream.ts';

/** A target that authenticates as the settings say. */
export function buildTarget(url: string, authentication: object, settings: object = {}): Upstream {
  const checked = remoteSettingsSchema.parse(settings);
  return new Upstream({ ...checked, url, authentication: authenticationSchema.parse(authentication), ca: undefined });
}

/** Posts a body; gives the text of the reply. */
export async function post(target: Upstream, path = '/score', timeout = 5000): Promise<string> {
  const { text } = await withDeadline(timeout, undefined, (deadline) => target.post({ path, body: '[]' }, deadline));
  return text;
}
