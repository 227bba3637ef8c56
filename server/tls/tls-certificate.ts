/** The certificate of an engine, which is read again whenever its files change. */
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { watchFiles } from '../../files/watch-files.ts';
import type { Log } from '../log/log.ts';
import { readTlsMaterial, type TlsFiles, type TlsMaterial } from './tls-files.ts';

/** The permission of everyone to read. */
const READABLE = 0o004;

export class TlsCertificate {
  readonly #files: TlsFiles;
  readonly #log: Log | undefined;
  readonly #listeners: ((material: TlsMaterial) => void)[] = [];
  readonly #stop: () => void;
  #material: TlsMaterial;
  #problem: string | undefined;

  /**
   * @param log undefined for a process beside others that log the same
   * @throws when the files do not fit together
   */
  constructor(files: TlsFiles, log: Log | undefined) {
    this.#files = files;
    this.#log = log;
    this.#material = readTlsMaterial(files);
    const { cert, key, passphrase, clientCa } = files;
    const paths = [cert, key, passphrase, clientCa].filter((path) => path !== undefined);
    this.#stop = watchFiles(paths, () => this.#reload());
    this.#warnIfReadable();
  }

  /** What the files contained when they were last good. */
  get material(): TlsMaterial {
    return this.#material;
  }

  /** Whether clients are asked for certificates. */
  get asksClients(): boolean {
    return this.#files.clientCa !== undefined;
  }

  /** What /health/ready says of it: when it expires, and why the files, as they are now, could not be used. */
  get state(): object {
    const { expires } = this.#material;
    return { tls: { expires, ...(this.#problem !== undefined && { problem: this.#problem }) } };
  }

  /** Has a function called with what new files contain. */
  onChange(listener: (material: TlsMaterial) => void): void {
    this.#listeners.push(listener);
  }

  /** Ends the watch of the files. */
  close(): void {
    this.#stop();
  }

  #reload(): void {
    try {
      const material = readTlsMaterial(this.#files);
      if (this.#problem === undefined && isDeepStrictEqual(material, this.#material)) return;
      this.#material = material;
    } catch (error) {
      this.#problem = `expected ${(error as Error).message}`;
      this.#log?.error({ problem: this.#problem }, 'TLS certificate not loaded: the one before stays in use');
      return;
    }
    this.#problem = undefined;
    for (const listener of this.#listeners) listener(this.#material);
    this.#log?.info({ expires: this.#material.expires }, 'TLS certificate loaded');
    this.#warnIfReadable();
  }

  #warnIfReadable(): void {
    const mode = statSync(this.#files.key, { throwIfNoEntry: false })?.mode ?? 0;
    if (process.platform !== 'win32' && (mode & READABLE) !== 0)
      this.#log?.warn(
        { mode: (mode & 0o777).toString(8) },
        'the private key of TLS can be read by everyone: chmod 600',
      );
  }
}
