/** Targets as remote kinds have them, for tests of credentials: what is posted goes to a double of the system. */
import { authenticationSchema } from '../../models/remote/target/credentials/authentication.ts';
import { withDeadline } from '../../models/remote/target/deadline.ts';
import { targetSettingsSchema } from '../../models/remote/target/target-settings.ts';
import { Target } from '../../models/remote/target/target.ts';

/** A target that authenticates as the settings say. */
export function buildTarget(url: string, authentication: object, settings: object = {}): Target {
  const checked = targetSettingsSchema.parse(settings);
  return new Target({ ...checked, url, authentication: authenticationSchema.parse(authentication), ca: undefined });
}

/** Posts a body; gives the text of the reply. */
export async function post(target: Target, path = '/score', timeout = 5000): Promise<string> {
  const { text } = await withDeadline(timeout, undefined, (deadline) => target.post({ path, body: '[]' }, deadline));
  return text;
}
