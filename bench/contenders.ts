/** The Node servers that are measured, and how to call them. Benchmarks run compiled, from the project's root. */
import { startServer, type ServerProcess } from './server-process.ts';

const MAIN = 'dist/cli/main.js';
const [USERNAME, PASSWORD] = ['bench', 'bench'];

/** The headers of every scoring request. */
export const HEADERS: Readonly<Record<string, string>> = {
  Authorization: `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`,
  'Content-Type': 'application/json',
};

/** The path for scoring with a deployment. */
export function toScoringPath(id: string): string {
  return `/v1/deployments/${id}/online`;
}

export interface EngineWishes {
  /** The deployments folder. */
  readonly deployments: string;
  /** Where its log goes. */
  readonly folder: string;
  /** Further options for `serve`. */
  readonly options?: readonly string[];
  /** Options for node itself. */
  readonly nodeOptions?: readonly string[];
}

/** Starts the engine as `npm start` does, with Basic authentication and its request log in a file. */
export async function startEngine({
  deployments,
  folder,
  options = [],
  nodeOptions = [],
}: EngineWishes): Promise<ServerProcess> {
  return startServer({
    name: 'the engine',
    command: (port) => [
      process.execPath,
      ...nodeOptions,
      MAIN,
      'serve',
      '--port',
      String(port),
      '--deployments',
      deployments,
      ...options,
    ],
    readyPath: '/health/ready',
    folder,
    environment: { ENGINE_AUTH: 'basic', ENGINE_USERNAME: USERNAME, ENGINE_PASSWORD: PASSWORD },
  });
}

/** Starts an engine whose metrics can be switched off and on (bench/servers/observed.ts). */
export async function startObserved(deployments: string, folder: string): Promise<ServerProcess> {
  return startServer({
    name: 'the engine',
    command: (port) => [process.execPath, 'dist/bench/servers/observed.js', deployments, String(port)],
    readyPath: '/health/ready',
    folder,
    environment: { ENGINE_USERNAME: USERNAME, ENGINE_PASSWORD: PASSWORD },
  });
}

/** Starts a server of bench/servers/ with the deployment in a folder. */
export async function startComparison(
  name: 'floor' | 'plain-stack',
  deployment: string,
  folder: string,
): Promise<ServerProcess> {
  return startServer({
    name,
    command: (port) => [
      process.execPath,
      `dist/bench/servers/${name}.js`,
      deployment,
      String(port),
      USERNAME,
      PASSWORD,
    ],
    readyPath: '/health/ready',
    folder,
  });
}
