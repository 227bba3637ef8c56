/** `custom-ml-engine` as a process: what it has printed so far and how it ends. */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOADER = new URL('../../scripts/register-typescript.js', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** The environment of a process, without settings of the engine. */
export const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('ENGINE_')),
);

export interface RunOptions {
  readonly environment?: Record<string, string>;
  /** The folder in which it runs; that of the project by default. */
  readonly folder?: string;
  /** A file descriptor that takes its standard error instead. */
  readonly log?: number;
  /** One that takes its standard output. */
  readonly output?: number;
  /** The number of files that it may open. */
  readonly files?: number;
}

/** How a process ended. */
export interface Ended {
  /** The code with which it exited; null after a signal that it did not handle. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Run {
  readonly process: ChildProcess;
  /** The code with which it exits; null after a signal that it did not handle. */
  readonly code: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], { environment = {}, folder = ROOT, log, output, files }: RunOptions = {}) {
    const command = [process.execPath, '--import', LOADER, MAIN, ...args];
    const limited = files === undefined ? command : ['sh', '-c', `ulimit -n ${files}; exec "$0" "$@"`, ...command];
    this.process = spawn(limited[0] as string, limited.slice(1), {
      cwd: folder,
      env: { ...ENVIRONMENT, ...environment },
      stdio: ['pipe', output ?? 'pipe', log ?? 'pipe'],
    });
    this.process.stdout?.on('data', (chunk) => (this.stdout += String(chunk)));
    this.process.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    this.code = once(this.process, 'close').then(([code]) => code as number | null);
  }

  /** Waits for its end. */
  async end(): Promise<Ended> {
    const code = await this.code;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  /** Waits for the greeting of an engine that listens; gives its URL. */
  async listen(): Promise<string> {
    await until(
      'the engine greets or ends',
      () => this.stdout.endsWith('/v1/deployments\n\n') || this.process.exitCode !== null,
    );
    const url = / on (https?:\S+)$/m.exec(this.stdout)?.[1];
    expect(url, this.stderr).to.be.a('string');
    return url as string;
  }

  /** The lines of standard error that are no log. */
  get complaints(): string[] {
    return this.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  }
}
