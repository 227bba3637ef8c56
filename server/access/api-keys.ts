/** The API keys of an engine: those of a file, which is read again whenever it changes. */
import { timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { readTextFile } from '../../files/read-text-file.ts';
import { watchFiles } from '../../files/watch-files.ts';
import { hasExpired, hashKey, parseKeyFile, type StoredKey } from './key-file.ts';
import type { Log } from '../log/log.ts';

/** Max bytes of the file: that many keys with all that they may have take less. */
const MAX_BYTES = 2 ** 20;
/** The permission of others to write. */
const WRITABLE = 0o022;

/** A file of keys, as it was read at the start. */
export interface KeyFile {
  readonly path: string;
  readonly keys: readonly StoredKey[];
}

export class ApiKeys {
  #keys: readonly { readonly stored: StoredKey; readonly hash: Buffer }[] = [];
  #stored: readonly StoredKey[] = [];
  #problem: string | undefined;
  readonly #stop: () => void;

  constructor({ path, keys }: KeyFile, log: Log) {
    this.#use(keys);
    warnIfWritable(path, log);
    this.#stop = watchFiles([path], () => this.#reload(path, log));
  }

  /** The number of keys, and why the file, as it is now, could not be read; the keys before it are then in force. */
  get state(): { readonly keys: number; readonly problem?: string } {
    return { keys: this.#keys.length, ...(this.#problem !== undefined && { problem: this.#problem }) };
  }

  /** The name of a key that is accepted, or has expired. All keys are compared, so that the time taken reveals nothing. */
  find(key: string): { readonly name: string; readonly hasExpired: boolean } | undefined {
    const sent = hashKey(key);
    let found: StoredKey | undefined;
    for (const { stored, hash } of this.#keys) if (timingSafeEqual(hash, sent)) found = stored;
    return found && { name: found.name, hasExpired: hasExpired(found, Date.now()) };
  }

  /** The hash of a key with a name that is in force. */
  toProof(name: string): string | undefined {
    const stored = this.#stored.find((key) => key.name === name);
    return stored && !hasExpired(stored, Date.now()) ? stored.sha256 : undefined;
  }

  /** Ends the watch of the file. */
  close(): void {
    this.#stop();
  }

  #use(keys: readonly StoredKey[]): void {
    this.#stored = keys;
    this.#keys = keys.map((stored) => ({ stored, hash: Buffer.from(stored.sha256, 'hex') }));
  }

  async #reload(path: string, log: Log): Promise<void> {
    try {
      const keys = parseKeyFile(await readTextFile(path, MAX_BYTES));
      if (this.#problem === undefined && isDeepStrictEqual(keys, this.#stored)) return;
      this.#use(keys);
      this.#problem = undefined;
      log.info({ keys: this.#keys.length }, 'API keys loaded');
      warnIfWritable(path, log);
    } catch (error) {
      // The system's own message has the path.
      const { code, message } = error as NodeJS.ErrnoException;
      this.#problem = code === undefined ? message : `unreadable (${code})`;
      log.error({ problem: this.#problem }, 'API keys not loaded: those before stay in force');
    }
  }
}

/** Whoever can write the file can add a key. */
function warnIfWritable(path: string, log: Log): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform !== 'win32' && (mode & WRITABLE) !== 0)
    log.warn({ mode: (mode & 0o777).toString(8) }, 'the file of API keys can be written by others: chmod 600');
}
