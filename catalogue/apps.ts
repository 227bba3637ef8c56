/**
 * The web applications of the deployments in a folder, kept up to date while it changes. Like a deployment, an application is replaced
 * between two requests, and an invalid one leaves the old one in service; one whose folder is removed is gone. They are watched for
 * themselves, so that no model is loaded because an application has changed, or the other way round.
 */
import { join } from 'node:path';
import { DeploymentError } from '../errors/deployment-error.ts';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';
import { FolderWatch, listFolders, type FolderChange } from './folder-watch.ts';
import { loadApp, type App } from './load-app.ts';
import { signApp } from './sign-folder.ts';

/** The size of all applications together. */
export const MAX_ALL_APPS_BYTES = 256 * 2 ** 20;

/** The web application of a deployment, and whether something is wrong with it. */
export interface AppState {
  /** The id of the deployment. */
  readonly id: string;
  /** Whether it can be opened at /apps/<id>/, while its deployment is served; if there are problems, an older version of it. */
  readonly served: boolean;
  /** What is wrong with its files, for people; empty if nothing is. */
  readonly problems: readonly string[];
}

export interface AppEvents {
  /** An application is new or was replaced: the number of its files, and their size. */
  onAppServed?(id: string, files: number, bytes: number): void;
  onAppInvalid?(state: AppState, error: DeploymentError): void;
  onAppRemoved?(id: string): void;
}

export class Apps {
  readonly #folder: string;
  readonly #events: AppEvents;
  readonly #served = new Map<string, App>();
  readonly #problems = new Map<string, readonly string[]>();
  /** Settled when no application is being loaded: one at a time, which bounds the memory. */
  #loading: Promise<void> = Promise.resolve();
  #watch: FolderWatch | undefined;
  #isClosed = false;

  private constructor(folder: string, events: AppEvents) {
    this.#folder = folder;
    this.#events = events;
  }

  /**
   * Loads the applications of all deployments of a folder.
   * @throws when the folder itself cannot be read
   */
  static async open(folder: string, { watch, ...events }: AppEvents & { readonly watch: boolean }): Promise<Apps> {
    const apps = new Apps(folder, events);
    const onChange = (id: string, change: FolderChange) => void apps.#load(id, change);
    // Watching starts first, so that no application is missed in between.
    if (watch) apps.#watch = await FolderWatch.start(folder, { onChange }, signApp);
    try {
      for (const id of (await listFolders(folder)).sort()) await apps.#load(id, 'settled');
    } catch (error) {
      await apps.close();
      throw error;
    }
    return apps;
  }

  get(id: string): App | undefined {
    return this.#served.get(id);
  }

  /** Every application in the folder, sorted by id. */
  list(): AppState[] {
    return [...new Set([...this.#served.keys(), ...this.#problems.keys()])].sort().map((id) => this.#toState(id));
  }

  /** Stops watching. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#watch?.close();
    await this.#loading;
  }

  #load(id: string, change: FolderChange): Promise<void> {
    this.#loading = this.#loading.then(() => this.#loadNow(id, change));
    return this.#loading;
  }

  /** @param change where it is unsettled, what is invalid may be half written */
  async #loadNow(id: string, change: FolderChange): Promise<void> {
    if (this.#isClosed || !DEPLOYMENT_ID.test(id)) return;
    const isFinal = this.#watch?.observe(id);
    try {
      const app = await loadApp(join(this.#folder, id));
      if (app) this.#serve(id, app);
      else if (change === 'gone') this.#remove(id);
    } catch (cause) {
      // One that has been replaced meanwhile is loaded again.
      if (change === 'unsettled' || (await isFinal?.()) === false) return;
      const error =
        cause instanceof DeploymentError
          ? cause
          : new DeploymentError(['app: could not be loaded; see the log'], { cause });
      this.#problems.set(id, error.problems);
      this.#events.onAppInvalid?.(this.#toState(id), error);
    }
  }

  #serve(id: string, app: App): void {
    const others = [...this.#served].reduce((sum, [other, { bytes }]) => (other === id ? sum : sum + bytes), 0);
    if (others + app.bytes > MAX_ALL_APPS_BYTES)
      throw new DeploymentError([
        `app: expected at most ${MAX_ALL_APPS_BYTES / 2 ** 20} MiB of all applications together`,
      ]);
    this.#served.set(id, app);
    this.#problems.delete(id);
    this.#events.onAppServed?.(id, app.files.size, app.bytes);
  }

  #remove(id: string): void {
    const wasKnown = this.#served.delete(id);
    if (this.#problems.delete(id) || wasKnown) this.#events.onAppRemoved?.(id);
  }

  #toState(id: string): AppState {
    return { id, served: this.#served.has(id), problems: this.#problems.get(id) ?? [] };
  }
}
