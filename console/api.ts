/** Requests to the engine: the data of the console, and scoring, through the contract's own URL. All URLs are relative. */
import type { DeploymentDetails, DeploymentList } from './data.ts';
import type { RowAnswer } from './variations.ts';

/** A request that failed, in words for people. */
export class RequestError extends Error {
  readonly code: string;
  /** The place that the engine names, such as `values[0][2]`. */
  readonly place: string | undefined;
  /** Seconds after which it can be repeated. */
  readonly retryAfter: number | undefined;

  constructor(message: string, code: string, place?: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.place = place;
    this.retryAfter = retryAfter;
  }
}

/** Called when the engine does not know the user any more. */
const listeners = new Set<() => void>();

/** Adds what is called when the session has expired; gives what removes it. */
export function watchSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The URL of a deployment's scoring, relative to the page. */
export function toScoringPath(id: string): string {
  return `v1/deployments/${encodeURIComponent(id)}/online`;
}

/** Whether the user has logged in with the form. */
export async function loadSession(): Promise<boolean> {
  const reply = await request('session').catch(() => undefined);
  return (reply as { readonly logged_in?: boolean } | undefined)?.logged_in === true;
}

/** Loads the list of deployments. */
export async function loadList(): Promise<DeploymentList> {
  return (await request('console/data/deployments')) as DeploymentList;
}

/** Loads what there is to know of a deployment. */
export async function loadDeployment(id: string): Promise<DeploymentDetails> {
  return (await request(`console/data/deployments/${encodeURIComponent(id)}`)) as DeploymentDetails;
}

/**
 * Scores rows.
 * @param body JSON text
 * @returns the answer to each row
 */
export async function score(
  { summary, result }: DeploymentDetails,
  body: string,
  signal?: AbortSignal,
): Promise<RowAnswer[]> {
  const answer = (await request(toScoringPath(summary.id), {
    method: 'POST',
    body,
    ...(signal && { signal }),
  })) as { readonly fields: readonly string[]; readonly values: readonly (readonly unknown[])[] };
  const at = answer.fields.indexOf(result.prediction);
  const probabilityAt = result.probability === undefined ? -1 : answer.fields.indexOf(result.probability);
  return answer.values.map((row) => ({
    prediction: row[at],
    probabilities: probabilityAt < 0 ? [] : (row[probabilityAt] as number[]),
  }));
}

async function request(path: string, options: RequestInit = {}): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new RequestError('The engine cannot be reached. Is it running?', 'unreachable');
  }
  const type = response.headers.get('content-type') ?? '';
  if (response.status === 401 || (response.redirected && !type.includes('json'))) {
    for (const listener of listeners) listener();
    throw new RequestError('The session has expired.', 'unauthorized');
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  const error = (body as { readonly errors?: readonly EngineError[] } | undefined)?.errors?.[0];
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  throw new RequestError(
    error?.message ?? `The engine answered with the status ${response.status}.`,
    error?.code ?? 'failed',
    error?.target?.name,
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}

interface EngineError {
  readonly code: string;
  readonly message: string;
  readonly target?: { readonly name?: string };
}
