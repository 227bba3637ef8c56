/**
 * Loads the web application of a deployment: the files of its folder `app`, into memory. So a request opens no file and follows no link,
 * what is served was complete and consistent when it was looked at, and a path is a key of a map: none leads anywhere else.
 *
 * Links may lead anywhere within the folder `app`, as in a ConfigMap of Kubernetes, and nowhere else: a link to a file that the engine
 * can read, its password for example, would publish it. So the folder of an open file is asked for once more where the system tells.
 */
import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir, readlink, realpath, stat, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DeploymentError } from '../errors/deployment-error.ts';
import { quoteText } from '../errors/quote-text.ts';

/** The folder of a web application, in the folder of its deployment. */
export const APP_FOLDER = 'app';
/** The limits of an application, because it is kept in memory. */
export const MAX_APP_FILES = 2000;
export const MAX_APP_FILE_BYTES = 16 * 2 ** 20;
export const MAX_APP_BYTES = 32 * 2 ** 20;
/** How deep its folders are nested at most. */
export const MAX_APP_DEPTH = 16;
const MAX_PROBLEMS = 10;
const PIECE_BYTES = 2 ** 18;
/** What is read where a file should end. */
const EXTRA_BYTES = 2 ** 12;

/** A file of a web application. */
export interface AppFile {
  readonly bytes: Buffer;
  /** The SHA-256 of its bytes, in base64url. */
  readonly hash: string;
}

/** A web application as it is served. */
export interface App {
  /** By path below the folder, with `/`, in Unicode's normal form C: `index.html`, `images/logo.svg`. */
  readonly files: ReadonlyMap<string, AppFile>;
  /** The size of all files. */
  readonly bytes: number;
}

/**
 * Loads the web application in the folder of a deployment. Names that begin with a dot are left out.
 * @returns undefined if the deployment has none
 * @throws {DeploymentError} when it cannot be served, with the problems that were found
 */
export async function loadApp(deployment: string): Promise<App | undefined> {
  const root = await findRoot(deployment);
  if (root === undefined) return undefined;
  const loader = new AppLoader(root);
  await loader.readFolder(root, '', [root]).catch((error: unknown) => {
    throw error instanceof DeploymentError
      ? error
      : new DeploymentError([`${APP_FOLDER}: expected a readable folder (${toCode(error)})`]);
  });
  return loader.finish();
}

/** The real path of the application's folder. */
async function findRoot(deployment: string): Promise<string | undefined> {
  const path = join(deployment, APP_FOLDER);
  const found = await stat(path).catch((error: unknown) => String((error as NodeJS.ErrnoException).code));
  if (typeof found === 'string') {
    const isMissing = found === 'ENOENT' && !(await lstat(path).catch(() => undefined));
    if (isMissing || found === 'ENOTDIR') return undefined;
    throw new DeploymentError([`${APP_FOLDER}: expected a readable folder (${found})`]);
  }
  if (!found.isDirectory()) return undefined;
  const [root, around] = await Promise.all([realpath(path), realpath(deployment)]);
  if (isWithin(root, around)) return root;
  throw new DeploymentError([`${APP_FOLDER}: expected no link that leads out of the folder of the deployment`]);
}

/** What is wrong with one file or folder, for people. */
class Flaw extends Error {}

class AppLoader {
  readonly #root: string;
  readonly #files = new Map<string, AppFile>();
  readonly #problems: string[] = [];
  #entries = 0;
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Reads the files of a folder and of those in it.
   * @param folder its real path
   * @param prefix the path of its files
   * @param around the real paths of the folders that it is in, and its own
   */
  async readFolder(folder: string, prefix: string, around: readonly string[]): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true }).then(sortEntries)) {
      if (entry.name.startsWith('.')) continue;
      if (++this.#entries > MAX_APP_FILES)
        throw new DeploymentError([`${APP_FOLDER}: expected at most ${MAX_APP_FILES} files and folders`]);
      const path = `${prefix}${entry.name}`;
      try {
        await this.#readEntry(join(folder, entry.name), path, entry, around);
      } catch (error) {
        if (error instanceof DeploymentError) throw error;
        this.#complain(path, error instanceof Flaw ? error.message : `expected to be readable (${toCode(error)})`);
      }
    }
  }

  /** The application, if all is well. */
  finish(): App {
    if (this.#problems.length === 0 && !this.#files.has('index.html'))
      this.#complain('index.html', 'expected this file, the page that is opened');
    if (this.#problems.length > 0) throw new DeploymentError(this.#problems);
    return { files: this.#files, bytes: this.#bytes };
  }

  async #readEntry(full: string, path: string, entry: Dirent, around: readonly string[]): Promise<void> {
    const place = entry.isSymbolicLink() ? await this.#follow(full) : full;
    const kind = entry.isSymbolicLink() ? await lstat(place) : entry;
    if (kind.isFile()) return this.#readFile(place, path);
    if (!kind.isDirectory()) throw new Flaw('expected a file or a folder');
    if (around.includes(place)) throw new Flaw('expected no link to a folder that it is in');
    if (around.length >= MAX_APP_DEPTH) throw new Flaw(`expected at most ${MAX_APP_DEPTH} nested folders`);
    return this.readFolder(place, `${path}/`, [...around, place]);
  }

  /** The real path that a link leads to. */
  async #follow(link: string): Promise<string> {
    const place = await realpath(link).catch((error: unknown) => {
      throw new Flaw(`expected a link that leads somewhere (${toCode(error)})`);
    });
    if (place === this.#root || isWithin(place, this.#root)) return place;
    throw new Flaw(`expected no link that leads out of the folder ${APP_FOLDER}`);
  }

  async #readFile(place: string, path: string): Promise<void> {
    // Something else may be there by now: a link is not followed, and a pipe does not make this wait for its writer.
    const handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || !(await this.#isInside(handle, place)))
        throw new Flaw('expected that it stays what it is while it is read');
      const content = await readWhole(handle, stats.size);
      if (!content) throw new Flaw(`expected at most ${MAX_APP_FILE_BYTES / 2 ** 20} MiB`);
      this.#add(path, content);
    } finally {
      await handle.close();
    }
  }

  #add(path: string, content: AppFile): void {
    this.#bytes += content.bytes.length;
    if (this.#bytes > MAX_APP_BYTES)
      throw new DeploymentError([`${APP_FOLDER}: expected at most ${MAX_APP_BYTES / 2 ** 20} MiB in all`]);
    // Browsers send names as the page spells them; file systems may spell them otherwise.
    const key = path.normalize('NFC');
    if (this.#files.has(key)) throw new Flaw('expected a name that no other file has, whichever way Unicode spells it');
    this.#files.set(key, content);
  }

  /** Whether an open file is in the folder. Somebody may have put a link in place of a folder since that was looked at. */
  async #isInside(handle: FileHandle, place: string): Promise<boolean> {
    const known = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => realpath(place));
    return isWithin(known, this.#root);
  }

  #complain(path: string, problem: string): void {
    const named = `${APP_FOLDER}/${path}`;
    this.#problems.push(`${/^[\w/.-]+$/.test(named) ? named : quoteText(named)}: ${problem}`);
    if (this.#problems.length >= MAX_PROBLEMS) throw new DeploymentError([...this.#problems, '…']);
  }
}

/** The same order on every system. */
function sortEntries(entries: Dirent[]): Dirent[] {
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The content of an open file; undefined if it is too large, or has become so. */
async function readWhole(handle: FileHandle, size: number): Promise<AppFile | undefined> {
  const hash = createHash('sha256');
  const pieces: Buffer[] = [];
  let bytes = 0;
  if (size > MAX_APP_FILE_BYTES) return undefined;
  for (;;) {
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(size - bytes, EXTRA_BYTES)));
    const { bytesRead } = await handle.read(piece);
    if (bytesRead === 0) break;
    bytes += bytesRead;
    if (bytes > MAX_APP_FILE_BYTES) return undefined;
    pieces.push(piece.subarray(0, bytesRead));
    hash.update(piece.subarray(0, bytesRead));
  }
  return {
    bytes: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, bytes),
    hash: hash.digest('base64url'),
  };
}

/** Whether a real path is below that of a folder. */
export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function toCode(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
