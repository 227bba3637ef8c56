/** A server that is measured or tested: started on loopback as a separate process group, and stopped by its group id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerProcess {
  readonly port: number;
  /** The id of the process and of its group. */
  readonly pid: number;
  /** Seconds from the start to the first reply 200. */
  readonly startTime: number;
  /** Sends SIGTERM and waits until it has ended; kills what is left after ten seconds. */
  stop(): Promise<void>;
  /** Kills it and everything that it has started, like a crash. */
  kill(): Promise<void>;
}

export interface ServerWishes {
  readonly name: string;
  /** The port; a free one by default. */
  readonly port?: number | undefined;
  /** Returns the command that listens on a port. */
  readonly command: (port: number) => readonly [string, ...string[]];
  /** A path that answers 200 when the server is ready. */
  readonly readyPath: string;
  /** The authority, in PEM, of a server that speaks TLS as localhost. */
  readonly authority?: string | undefined;
  /** The folder for its output, a file named after its port. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Max seconds until it is ready. */
  readonly patience?: number | undefined;
}

/** The running groups, which are killed when this process ends. */
const running = new Set<number>();
process.on('exit', () => running.forEach((group) => signal(group, 'SIGKILL')));
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));

/** How often a port is looked for, if another process takes the one that was free. */
const MAX_PORTS = 3;

/** Starts a server and waits until it is ready. */
export async function startServer(wishes: ServerWishes): Promise<ServerProcess> {
  for (let count = 1; ; count++) {
    try {
      return await startOn(wishes.port ?? (await findFreePort()), wishes);
    } catch (error) {
      const isTaken = wishes.port === undefined && /EADDRINUSE|in use/i.test((error as Error).message);
      if (!isTaken || count === MAX_PORTS) throw error;
    }
  }
}

async function startOn(port: number, wishes: ServerWishes): Promise<ServerProcess> {
  const { name, readyPath, authority, environment = {}, cwd = '.', patience = 300 } = wishes;
  const [program, ...parameters] = wishes.command(port);
  const own = Object.entries(process.env).filter(([variable]) => !variable.startsWith('ENGINE_'));
  const logFile = join(wishes.folder, `${port}.log`);
  const log = openSync(logFile, 'w');
  const start = performance.now();
  const child = spawn(program, parameters, {
    detached: true,
    cwd,
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  // Rejects if the program cannot be started.
  await once(child, 'spawn');
  const pid = child.pid as number;
  running.add(pid);
  const exit = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
  const kill = async () => {
    signal(pid, 'SIGKILL');
    await exit;
    running.delete(pid);
    // Workers in other process groups may hold the port until they notice.
    const end = performance.now() + 10_000;
    while ((await isListening(port)) && performance.now() < end) await sleep(50);
  };
  const stop = async () => {
    signal(pid, 'SIGTERM');
    await Promise.race([exit, sleep(10_000, undefined, { ref: false })]);
    // Also ends child processes that it did not stop.
    await kill();
  };
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  while (hasEnded() || !(await answers(port, readyPath, authority))) {
    const ended = hasEnded();
    if (ended || performance.now() - start > patience * 1000) {
      await stop();
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new Error(`${name} ${ended ? 'ended' : `was not ready after ${patience} s`}:\n${tail}`);
    }
    await sleep(5);
  }
  return { port, pid, startTime: (performance.now() - start) / 1000, stop, kill };
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // The group has ended.
  }
}

function answers(port: number, path: string, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, agent: false, timeout: 2000 };
    const answer = (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode === 200);
    };
    const request =
      ca === undefined ? get(options, answer) : getSecurely({ ...options, servername: 'localhost', ca }, answer);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Finds a free port on loopback. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
