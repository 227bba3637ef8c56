/** The built engine as a process of its own, for the proofs that take longer than tests: soak, fuzz and chaos. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startServer, type ServerProcess } from '../../bench/server-process.ts';

const START = fileURLToPath(new URL('../../dist/cli/start.cjs', import.meta.url));

export interface EngineProcessOptions {
  /** The folder of the deployments. */
  readonly deployments: string;
  /** The folder for its output. */
  readonly folder: string;
  /** Options of `serve`. */
  readonly parameters?: readonly string[];
  /** Settings and other variables, such as NODE_OPTIONS. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What bash does before the engine takes its place, such as `ulimit -n 256`. */
  readonly before?: string;
  /** Where bash sends standard error, such as `2>/dev/full`; into the file of its output by default. */
  readonly redirection?: string;
  readonly port?: number;
  /** The authority, in PEM, of an engine that speaks TLS as localhost. */
  readonly authority?: string;
  /** Max seconds until it is ready. */
  readonly patience?: number;
}

export interface EngineProcess extends ServerProcess {
  readonly url: string;
  /** The file with its output. */
  readonly logFile: string;
  /** Whether its first process lives. */
  isLiving(): boolean;
  /** Gives each line of its output to a function. */
  readLog(onLine: (line: string) => void): Promise<void>;
}

/** Starts the engine on a free port of loopback, in a process group, and waits until it is live. */
export async function startEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const {
    deployments,
    folder,
    parameters = [],
    environment = {},
    before,
    redirection = '',
    patience,
    authority,
  } = options;
  if (!existsSync(START)) throw new Error('dist/ is missing: run npm run build.');
  const server = await startServer({
    name: 'the engine',
    port: options.port,
    readyPath: '/health/live',
    authority,
    folder,
    environment,
    patience,
    command: (port) => {
      const own = ['serve', '--host', '127.0.0.1', '--port', String(port), '--deployments', deployments, ...parameters];
      const command = [process.execPath, START, ...own] as const;
      if (before === undefined && redirection === '') return command;
      return ['bash', '-c', `${before ?? ':'} && exec "$0" "$@" ${redirection}`, ...command];
    },
  });
  const logFile = join(folder, `${server.port}.log`);
  return {
    ...server,
    url: `${authority === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`,
    logFile,
    isLiving: () => isLiving(server.pid),
    readLog: async (onLine) => {
      for await (const line of createInterface({ input: createReadStream(logFile) })) onLine(line);
    },
  };
}

/** Whether a process exists and is no zombie. */
export function isLiving(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
