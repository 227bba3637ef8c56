/** Deployments that are replaced, added, removed, broken and reloaded while the engine serves, and what may be served when. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { SAMPLE_IDS } from '../support/engine.ts';
import { writeLine } from '../support/deployment.ts';

/** A state of a deployment, and until when it may be seen. */
interface Span<State> {
  readonly state: State;
  until: number;
}

/** How often the engine may answer as before, until it serves a change. An engine that does not run is not asked meanwhile. */
const MAX_ANSWERS = 600;
/** Milliseconds between one answer and the next question: with those answers, half a minute at least. */
const PAUSE = 50;

/** Deployments whose model is y = x + version: `replaced` has a new version each time, `passing` has 0 and comes and goes. */
export class ChangingDeployments {
  readonly #folder: string;
  readonly #lag: number;
  readonly #versions: Span<number>[] = [{ state: 0, until: Infinity }];
  readonly #presence: Span<boolean>[] = [{ state: false, until: Infinity }];
  #reloads = 0;
  /** The number of changes so far, by their kind. */
  readonly changes: Record<string, number> = {};

  /** @param lag milliseconds between the first process that serves a change and the last */
  constructor(folder: string, lag: number) {
    this.#folder = folder;
    this.#lag = lag;
  }

  /** Writes what must be there before the engine starts. */
  async prepare(): Promise<void> {
    await writeLine(join(this.#folder, 'replaced'), 'replaced', 0);
  }

  /** The versions that may have answered a request which was sent at this time and has been answered now. */
  listVersions(sentAt: number): number[] {
    return listStates(this.#versions, sentAt);
  }

  /** Whether `passing` may have been there for such a request. */
  listPresence(sentAt: number): boolean[] {
    return listStates(this.#presence, sentAt);
  }

  /** Replaces `replaced`, and waits until the engine serves it. Throws if it does not. */
  async replace(url: string): Promise<void> {
    const version = (this.#versions.at(-1) as Span<number>).state + 1;
    begin(this.#versions, version);
    await writeLine(join(this.#folder, 'replaced'), 'replaced', version);
    await this.#await(`version ${version} is served`, async () => (await ask(url, 'replaced')) === version);
    settle(this.#versions, this.#lag);
    this.#count('replaced');
  }

  /** Writes half of a deployment.json, which must change nothing, and then the next version. */
  async breakAndReplace(url: string): Promise<void> {
    const file = join(this.#folder, 'replaced', 'deployment.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, text.length / 2));
    await sleep(1_000);
    this.#count('half-written');
    await this.replace(url);
  }

  /** Adds `passing`, or removes it, and waits until the engine has noticed. Throws if it does not. */
  async pass(url: string): Promise<void> {
    const isPresent = !(this.#presence.at(-1) as Span<boolean>).state;
    begin(this.#presence, isPresent);
    const folder = join(this.#folder, 'passing');
    if (isPresent) await writeLine(folder, 'passing', 0);
    else await rm(folder, { recursive: true });
    await this.#await(`passing is ${isPresent ? 'served' : 'gone'}`, async () => {
      return ((await ask(url, 'passing')) !== undefined) === isPresent;
    });
    settle(this.#presence, this.#lag);
    this.#count(isPresent ? 'added' : 'removed');
  }

  /** Writes the deployment.json of a sample anew with the same text, so that the engine loads the sample again. */
  async reload(): Promise<void> {
    const id = SAMPLE_IDS[this.#reloads++ % SAMPLE_IDS.length] as string;
    const file = join(this.#folder, id, 'deployment.json');
    await writeFile(`${file}.new`, await readFile(file));
    await rename(`${file}.new`, file);
    this.#count('reloaded');
  }

  #count(kind: string): void {
    this.changes[kind] = (this.changes[kind] ?? 0) + 1;
  }

  async #await(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let answers = 1; !(await isSo()); answers++) {
      if (answers === MAX_ANSWERS) throw new Error(`it did not come about within ${answers} answers that ${what}`);
      await sleep(PAUSE);
    }
  }
}

function listStates<State>(spans: readonly Span<State>[], sentAt: number): State[] {
  // Those that have ended before are at the beginning.
  const last = spans.findLastIndex(({ until }) => until < sentAt);
  return spans.slice(last + 1).map(({ state }) => state);
}

/** From now on, the new state may be seen beside the old one. */
function begin<State>(spans: Span<State>[], state: State): void {
  spans.push({ state, until: Infinity });
}

/** From now on, only the last state may be seen. */
function settle<State>(spans: Span<State>[], lag: number): void {
  const now = performance.now();
  for (let index = spans.length - 2; spans[index]?.until === Infinity; index--)
    (spans[index] as Span<State>).until = now + lag;
}

/** The version that answers; undefined if there is no such deployment. */
async function ask(url: string, id: string): Promise<number | undefined> {
  const body = JSON.stringify({ fields: ['x'], values: [[0]] });
  const headers = { 'Content-Type': 'application/json' };
  const reply = await request(`${url}/v1/deployments/${id}/online`, { method: 'POST', headers, body });
  const answer = (await reply.body.json()) as { values: [[number, number]] };
  if (reply.statusCode === 404) return undefined;
  if (reply.statusCode !== 200) throw new Error(`${id} answered ${reply.statusCode} while it was changed`);
  return answer.values[0][1];
}
