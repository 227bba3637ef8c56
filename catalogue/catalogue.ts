/**
 * The deployments in service: those of a folder, kept up to date while it changes. A new version replaces the old one
 * between two requests; an invalid one leaves the old one in service, and never affects other deployments. A request keeps
 * the version that it started with.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DeploymentError } from '../errors/deployment-error.ts';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';
import { Apps, type AppEvents, type AppState } from './apps.ts';
import { answersExample } from './example.ts';
import { FolderWatch, listFolders, type FolderChange } from './folder-watch.ts';
import { DeploymentLoader } from './deployment-loader.ts';
import type { App } from './load-app.ts';
import type { LoadOptions } from './load-deployment.ts';
import type { OnReadinessState, ReadinessState, RequestOutcome } from '../models/readiness.ts';
import type { Deployment } from '../models/deployment.ts';

/** A folder with one of these files is a deployment, whatever its name. */
const DEPLOYMENT_FILES = ['deployment.json', 'model.json'];

/** A folder whose deployment is invalid. */
export interface InvalidDeployment {
  readonly id: string;
  readonly problems: readonly string[];
  /** Whether an older version is still in service. */
  readonly served: boolean;
}

/** The part of a catalogue that scoring and discovery use. */
export interface Deployments {
  /** All deployments in service, sorted by id. */
  list(): readonly Deployment[];
  get(id: string): Deployment | undefined;
}

export interface CatalogueEvents {
  onServed?(id: string, version: string): void;
  onInvalid?(invalid: InvalidDeployment, error: DeploymentError): void;
  /** A folder is not a deployment: called once, until the folder disappears or becomes one. */
  onIgnored?(folder: string): void;
  onRemoved?(id: string): void;
  /** The folder itself cannot be read any more (a code such as ENOENT), or can be read again. */
  onFolder?(problem: string | undefined): void;
  /** The readiness of a remote deployment's upstream has changed. */
  onUpstream?(id: string, ...state: Parameters<OnReadinessState>): void;
  /** A request to the upstream of a remote deployment has ended. */
  onUpstreamRequest?(id: string, outcome: RequestOutcome): void;
}

export interface CatalogueOptions extends LoadOptions, CatalogueEvents, AppEvents {
  /** Whether changes to the folder are picked up. */
  readonly watch: boolean;
  /** Whether web applications of deployments are loaded; false by default. */
  readonly allowApps?: boolean;
}

export class Catalogue implements Deployments {
  readonly #folder: string;
  readonly #options: CatalogueOptions;
  readonly #served = new Map<string, Deployment>();
  readonly #invalid = new Map<string, readonly string[]>();
  readonly #ignored = new Set<string>();
  /** The last load of each deployment: loads of one deployment run one at a time, in the order of the changes. */
  readonly #loading = new Map<string, Promise<void>>();
  readonly #loader: DeploymentLoader;
  #watch: FolderWatch | undefined;
  #apps: Apps | undefined;
  #isClosed = false;
  #sorted: readonly Deployment[] | undefined;

  private constructor(folder: string, options: CatalogueOptions) {
    this.#folder = resolve(folder);
    this.#options = options;
    this.#loader = new DeploymentLoader(options);
  }

  /**
   * Loads every deployment of a folder.
   * @throws when the folder itself cannot be read
   */
  static async open(folder: string, options: CatalogueOptions): Promise<Catalogue> {
    const catalogue = new Catalogue(folder, options);
    try {
      // Watching starts first, so that no deployment is missed in between.
      if (options.watch)
        catalogue.#watch = await FolderWatch.start(folder, {
          onChange: (id, change) => void catalogue.#load(id, change),
          onFolder: (problem) => options.onFolder?.(problem),
        });
      await Promise.all((await listFolders(folder)).map((id) => catalogue.#load(id)));
      if (options.allowApps === true) catalogue.#apps = await Apps.open(catalogue.#folder, options);
      catalogue.#loader.start();
    } catch (error) {
      await catalogue.close();
      throw error;
    }
    return catalogue;
  }

  list(): readonly Deployment[] {
    this.#sorted ??= [...this.#served.values()].sort((a, b) => (a.file.id < b.file.id ? -1 : 1));
    return this.#sorted;
  }

  get(id: string): Deployment | undefined {
    return this.#served.get(id);
  }

  /** Why the folder itself cannot be read at present, a code such as ENOENT; its deployments stay in service. */
  get folderProblem(): string | undefined {
    return this.#watch?.problem;
  }

  /** The invalid deployments in the folder, sorted by id. */
  listInvalid(): InvalidDeployment[] {
    return [...this.#invalid]
      .map(([id, problems]) => ({ id, problems, served: this.#served.has(id) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The readiness of each remote deployment's upstream, sorted by id. */
  listUpstreams(): ({ readonly id: string } & ReadinessState)[] {
    return this.list().flatMap(({ file, remote }) => (remote ? [{ id: file.id, ...remote.state }] : []));
  }

  /** The web application of a deployment in service. */
  getApp(id: string): App | undefined {
    return this.#served.has(id) ? this.#apps?.get(id) : undefined;
  }

  /** The web applications in the folder and what is wrong with them, sorted by id; none where they are not allowed. */
  listApps(): AppState[] {
    return this.#apps?.list() ?? [];
  }

  /** Stops watching. Deployments stay in service. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#watch?.close();
    await this.#apps?.close();
    await this.#loader.close();
    await Promise.all(this.#loading.values());
    for (const deployment of this.#served.values()) release(deployment);
  }

  #load(id: string, change: FolderChange = 'settled'): Promise<void> {
    const loading = (this.#loading.get(id) ?? Promise.resolve()).then(() => this.#loadNow(id, change));
    this.#loading.set(id, loading);
    return loading;
  }

  /** @param change where it is unsettled, what is invalid may be half written */
  async #loadNow(id: string, change: FolderChange): Promise<void> {
    const folder = join(this.#folder, id);
    const isFinal = this.#watch?.observe(id);
    if (!(await isFolder(folder))) {
      // One that is being replaced may be missing for a moment.
      if (change === 'gone') this.#remove(id);
      return;
    }
    if (!(await this.#isDeployment(id))) {
      this.#ignore(id);
      return;
    }
    this.#ignored.delete(id);
    try {
      if (!DEPLOYMENT_ID.test(id)) throw new DeploymentError(['the folder name is not a valid deployment id']);
      this.#serve(id, await this.#loader.load(folder));
    } catch (cause) {
      // One that has been replaced meanwhile is loaded again.
      if (change === 'unsettled' || (await isFinal?.()) === false || this.#isClosed) return;
      const error =
        cause instanceof DeploymentError ? cause : new DeploymentError(['could not be loaded; see the log'], { cause });
      this.#invalid.set(id, error.problems);
      this.#options.onInvalid?.({ id, problems: error.problems, served: this.#served.has(id) }, error);
    }
  }

  /**
   * Whether a folder is meant to be a deployment. Other software leaves folders everywhere, with names such as lost+found,
   * __MACOSX or $RECYCLE.BIN, none of which is a valid id; but no deployment may go unnoticed because a file is missing.
   */
  async #isDeployment(name: string): Promise<boolean> {
    if (DEPLOYMENT_ID.test(name)) return true;
    const files = await readdir(join(this.#folder, name)).catch((): string[] => []);
    return DEPLOYMENT_FILES.some((file) => files.includes(file));
  }

  #ignore(name: string): void {
    this.#invalid.delete(name);
    if (this.#ignored.has(name)) return;
    this.#ignored.add(name);
    this.#options.onIgnored?.(name);
  }

  #serve(id: string, deployment: Deployment): void {
    release(this.#served.get(id));
    this.#served.set(id, deployment);
    this.#invalid.delete(id);
    this.#sorted = undefined;
    this.#options.onServed?.(id, deployment.version);
    deployment.remote?.start(
      (signal) => answersExample(deployment, signal),
      (...state) => this.#options.onUpstream?.(id, ...state),
      (outcome) => this.#options.onUpstreamRequest?.(id, outcome),
    );
  }

  #remove(id: string): void {
    this.#invalid.delete(id);
    this.#ignored.delete(id);
    release(this.#served.get(id));
    if (!this.#served.delete(id)) return;
    this.#sorted = undefined;
    this.#options.onRemoved?.(id);
  }
}

/** Releases what a deployment holds. Requests that have started with it can still be scored. */
function release(deployment: Deployment | undefined): void {
  deployment?.remote?.close();
  deployment?.close?.();
}

/** Whether a path is a folder. A path that cannot be examined counts as one. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
