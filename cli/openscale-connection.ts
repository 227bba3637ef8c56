/** The connection to OpenScale that the environment describes: where it is, and which credentials are used. */
import { CommandError } from '../errors/command-error.ts';
import { OpenScaleClient } from '../openscale/client/openscale-client.ts';
import { openScaleSettingsSchema } from '../openscale/client/openscale-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables, and what they hold, for the help of commands. */
export const CONNECTION_HELP = `
Environment of --apply (a secret may be in the file that <NAME>_FILE names instead):
  IBM_CLOUD_API_KEY       IBM Cloud: an API key
  OPENSCALE_USERNAME      Cloud Pak for Data: a user,
  OPENSCALE_PASSWORD        and the password,
  OPENSCALE_API_KEY         or the API key; without a user: AWS
  OPENSCALE_TOKEN_URL     AWS: the URL of the token operation; IBM Cloud: that of another IAM
  OPENSCALE_URL           the URL of OpenScale; IBM Cloud: only outside us-south
  OPENSCALE_REGION        IBM Cloud: the region
  OPENSCALE_INSTANCE      the service instance, if there are several
  OPENSCALE_CA_FILE       certificates (PEM) that are trusted for OpenScale
  ENGINE_USERNAME, ENGINE_PASSWORD   what OpenScale calls the engine with
`;

/**
 * Opens a client as the environment says. No request is sent yet.
 * @returns the client, and the settings of a sink that sends to the same place; secrets are named in them, and not contained
 * @throws {CommandError} that names the variables that are missing or wrong
 */
export async function openConnection(
  environment: Environment,
): Promise<{ readonly client: OpenScaleClient; readonly settings: object }> {
  const read = (name: string) => readVariable(environment, name);
  const authentication = toAuthentication(environment);
  if (!authentication)
    throw new CommandError(
      'Set the credentials of OpenScale: IBM_CLOUD_API_KEY for IBM Cloud; OPENSCALE_USERNAME with OPENSCALE_PASSWORD or OPENSCALE_API_KEY for Cloud Pak for Data; OPENSCALE_API_KEY and OPENSCALE_TOKEN_URL for AWS.',
    );
  const settings = {
    url: read('OPENSCALE_URL'),
    region: read('OPENSCALE_REGION'),
    instance: read('OPENSCALE_INSTANCE'),
    ca_file: read('OPENSCALE_CA_FILE'),
    authentication,
  };
  const { success, data, error } = openScaleSettingsSchema.safeParse(settings);
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `${toVariable(path)}: expected ${message}`);
    throw new CommandError(problems.join('\n'));
  }
  const opened = await OpenScaleClient.open(data, 'OPENSCALE');
  if ('problems' in opened) throw new CommandError(opened.problems.map(toPlain).join('\n'));
  return { client: opened.client, settings };
}

/** The value of a variable; one that is empty is not set. */
function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

function toAuthentication(environment: Environment): object | undefined {
  const find = (name: string) => {
    if (environment[name]) return { variable: name };
    const file = environment[`${name}_FILE`];
    return file ? { file } : undefined;
  };
  const username = readVariable(environment, 'OPENSCALE_USERNAME');
  const url = readVariable(environment, 'OPENSCALE_TOKEN_URL');
  const apiKey = find('OPENSCALE_API_KEY');
  const cloudKey = find('IBM_CLOUD_API_KEY');
  const password = find('OPENSCALE_PASSWORD');
  if (username !== undefined) return { type: 'cpd', username, ...(password ? { password } : { api_key: apiKey }) };
  if (apiKey) return { type: 'mcsp', url, api_key: apiKey };
  return cloudKey && { type: 'iam', api_key: cloudKey, ...(url !== undefined && { url }) };
}

const VARIABLES: Readonly<Record<string, string>> = {
  url: 'OPENSCALE_URL',
  region: 'OPENSCALE_REGION',
  instance: 'OPENSCALE_INSTANCE',
  ca_file: 'OPENSCALE_CA_FILE',
  'authentication.url': 'OPENSCALE_TOKEN_URL',
  'authentication.password': 'OPENSCALE_PASSWORD_FILE',
  'authentication.api_key': 'OPENSCALE_API_KEY, or its file',
  authentication: 'OPENSCALE_PASSWORD, OPENSCALE_API_KEY',
};

function toVariable(path: readonly PropertyKey[]): string {
  return VARIABLES[path.slice(0, 2).join('.')] ?? VARIABLES[String(path[0])] ?? 'OPENSCALE_URL, OPENSCALE_REGION';
}

/** A problem as the command line knows the place. */
function toPlain(problem: string): string {
  return problem.replace('OPENSCALE.ca_file', 'OPENSCALE_CA_FILE').replace(/^OPENSCALE\.[\w.]+: /, '');
}
