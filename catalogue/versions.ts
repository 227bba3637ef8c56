/** The versions of a deployment, and how an earlier one is brought back. */
import { constants } from 'node:fs';
import { cp, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandError } from '../errors/command-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { formatCount } from '../errors/quote-text.ts';
import { findDeploymentFolder } from './find-deployment-folder.ts';
import { hashFolder } from './hash-folder.ts';
import { keepApp, mayHaveApp } from './keep-app.ts';
import { listKeptVersions, type KeptVersion } from './kept-versions.ts';
import { APP_FOLDER } from './load-app.ts';
import { placeDeployment, proveDeployment } from './write-deployment.ts';

/** A version of a deployment: the current one or one that was replaced. */
export interface DeploymentVersion {
  /** The hash of its files, see hashFolder. */
  readonly version: string;
  readonly folder: string;
  /** When it was replaced, an ISO date and time in UTC; undefined for the current version. */
  readonly replacedAt?: string;
  /** What its deployment.json says, if that can be read. */
  readonly kind?: string;
  readonly modifiedAt?: string;
}

/**
 * The versions of a deployment: the current one, if there is one, then those that were replaced, the last one first.
 * @param deployments the folder of all deployments
 * @throws {CommandError} if there is no deployment with this id and no version of it
 */
export async function listVersions(deployments: string, id: string): Promise<DeploymentVersion[]> {
  const root = resolve(deployments);
  const kept = await readKept(root, id);
  const folder = join(root, id);
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere && kept.length === 0) await findDeploymentFolder(deployments, id);
  const current = isThere ? [{ version: await hashFolder(folder), folder }] : [];
  return Promise.all([...current, ...kept].map(async (one) => ({ ...one, ...(await describe(one.folder)) })));
}

/** How a version is brought back. */
export interface RollbackOptions {
  /** The folder of all deployments. */
  readonly deployments: string;
  readonly id: string;
  /** The first digits of the version; by default, the one that was replaced last. */
  readonly version?: string;
  /** Whether it must load, as it must to be served. */
  readonly check: boolean;
  /** How many of the versions that have been replaced are kept. */
  readonly keep?: number;
}

/** What a rollback did. */
interface RolledBack {
  readonly version: string;
  readonly replaced?: string;
}

/**
 * Brings back a version of a deployment. The current version is kept like any that is replaced. Concurrent rollbacks have the
 * same result as running them one after another.
 * @returns the version that was brought back, and the one that it has replaced, if there was one
 * @throws {CommandError} if there is no such version, it does not load, or the folder cannot be written
 */
export async function rollBack(options: RollbackOptions): Promise<RolledBack> {
  // Says that there is no such deployment before anything is written.
  await listVersions(options.deployments, options.id);
  let result: RolledBack | undefined;
  // What is chosen is copied and loaded without the lock, as that may take long. If another command comes first, it is chosen anew.
  while (!result) result = await tryRollBack(options);
  return result;
}

/** Thrown when another command has changed the versions meanwhile. */
class Overtaken extends Error {}

/** Brings back a version; gives undefined if another command has changed the versions meanwhile. */
async function tryRollBack(options: RollbackOptions): Promise<RolledBack | undefined> {
  const { deployments, id, check, keep } = options;
  let chosen: Choice | undefined;
  // The files of the current version may change all the time; what counts is which version comes back.
  const confirm = async () => {
    const now = await find(options);
    if (now.version !== chosen?.version || now.folder !== chosen.folder) throw new Overtaken();
    chosen = now;
  };
  const destination = { out: deployments, id, force: true, ...(keep !== undefined && { keep }) };
  try {
    const version = await placeDeployment(
      destination,
      async (draft, withLock) => {
        chosen = await withLock(() => find(options));
        const { version, folder } = chosen;
        try {
          await copyFolder(folder, draft);
          if (check) await prove(draft, version);
        } catch (error) {
          // The other command may have removed the files that were being copied.
          await withLock(confirm);
          throw error;
        }
        return version;
      },
      confirm,
    );
    const replaced = chosen?.current;
    return { version, ...(replaced !== undefined && { replaced }) };
  } catch (error) {
    if (error instanceof Overtaken) return undefined;
    throw error;
  }
}

/** The version to bring back, and the current one. */
interface Choice extends Pick<DeploymentVersion, 'version' | 'folder'> {
  readonly current: string | undefined;
}

async function find(options: RollbackOptions): Promise<Choice> {
  const versions = await listVersions(options.deployments, options.id);
  const current = versions.find(({ replacedAt }) => replacedAt === undefined)?.version;
  const { version, folder } = choose(options, versions, current);
  return { version, folder, current };
}

function choose(
  { id, version: asked }: RollbackOptions,
  versions: readonly DeploymentVersion[],
  current: string | undefined,
): DeploymentVersion {
  const kept = versions.filter(({ version, replacedAt }) => replacedAt !== undefined && version !== current);
  if (
    asked !== undefined &&
    current?.startsWith(asked) === true &&
    !kept.some(({ version }) => version.startsWith(asked))
  )
    throw new CommandError(`${current} is the current version of ${id}.`);
  const chosen = asked === undefined ? kept.slice(0, 1) : kept.filter(({ version }) => version.startsWith(asked));
  if (chosen.length === 1) return chosen[0] as DeploymentVersion;
  if (kept.length === 0)
    throw new CommandError(
      `No earlier version of ${id} is kept. Versions are kept when \`train\`, \`import\`, \`wrap\` or \`rollback\` replaces one.`,
    );
  throw new CommandError(
    `${chosen.length === 0 ? 'No kept version' : formatCount(chosen.length, 'version')} of ${id} ${chosen.length === 0 ? 'begins' : 'begin'} with these digits; \`custom-ml-engine versions ${id}\` lists them.`,
  );
}

/** Copies the files of a version, which another command may be removing. */
async function copyFolder(from: string, to: string): Promise<void> {
  // A link of the model leads to one of its files; one of the application may lead anywhere, and would publish what it leads to.
  const omitted = (await mayHaveApp(from)) ? join(from, APP_FOLDER) : undefined;
  const filter = (path: string) => path !== omitted;
  const options = { recursive: true, dereference: true, preserveTimestamps: true, mode: constants.COPYFILE_FICLONE };
  const copied = cp(from, to, { ...options, filter }).then(() => keepApp(from, to));
  await copied.catch((error: unknown) => {
    const code = String((error as NodeJS.ErrnoException).code);
    throw new CommandError(`The version cannot be read (${code}); another command may have removed it.`);
  });
}

/** Checks that a version is what was replaced, and that it loads. */
async function prove(draft: string, version: string): Promise<void> {
  if ((await hashFolder(draft)) !== version)
    throw new CommandError(
      `The files of version ${version} have been changed since it was replaced. The deployment is as it was; --no-check brings them back as they are.`,
    );
  try {
    await proveDeployment(draft);
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new CommandError(
      `Version ${version} does not load here: ${error.message}. The deployment is as it was; --no-check brings the version back without loading it first.`,
    );
  }
}

async function readKept(root: string, id: string): Promise<KeptVersion[]> {
  try {
    return await listKeptVersions(root, id);
  } catch (error) {
    throw new CommandError(`The versions of ${id} cannot be read (${String((error as NodeJS.ErrnoException).code)}).`);
  }
}

/** What the file of a version says of itself; nothing is expected of it. */
async function describe(folder: string): Promise<Pick<DeploymentVersion, 'kind' | 'modifiedAt'>> {
  try {
    const { kind, modified_at } = JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as {
      readonly kind?: unknown;
      readonly modified_at?: unknown;
    };
    return {
      ...(typeof kind === 'string' && { kind }),
      ...(typeof modified_at === 'string' && { modifiedAt: modified_at }),
    };
  } catch {
    return {};
  }
}
