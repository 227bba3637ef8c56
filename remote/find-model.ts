/** Finds the model to wrap: the one that the settings name, or the server's only one. */
import type { ModelName } from './request/model-url.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';

/**
 * The model, with the version that the settings name.
 * @param settings as given by the user
 * @param lists ways to ask the server for the names of its models; the first that it supports counts
 * @throws {UpstreamError} if none is named and the server does not have exactly one
 */
export async function findModel(
  { model, version }: Readonly<Record<string, unknown>>,
  lists: readonly (() => Promise<readonly string[]>)[],
): Promise<ModelName> {
  const numbered = typeof version === 'number' ? String(version) : version;
  const chosen = typeof numbered === 'string' ? { version: numbered } : {};
  if (typeof model === 'string') return { model, ...chosen };
  const names = [...new Set(await listModels(lists))];
  const [only] = names;
  if (only !== undefined && names.length === 1) return { model: only, ...chosen };
  const reason = names.length === 0 ? 'does not list its models' : `has several models: ${names.join(', ')}`;
  throw new UpstreamError('reply', `expected settings.model, because the server ${reason}`);
}

async function listModels(lists: Parameters<typeof findModel>[1]): Promise<readonly string[]> {
  for (const list of lists) {
    try {
      return await list();
    } catch (error) {
      // The server does not support this way.
      if (!(error instanceof UpstreamError && error.failure === 'status')) throw error;
    }
  }
  return [];
}
