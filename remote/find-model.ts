/** Finds out which model of a server is meant, for `wrap`: the one that the settings name, or the only one that there is. */
import type { ModelName } from './request/model-url.ts';
import { ReplyError, UpstreamError } from '../upstream/upstream-error.ts';

/**
 * The model, with the version that the settings name.
 * @param settings as the user gave them
 * @param lists ask the server for the names of its models, each in another way; the first that it knows counts
 * @throws {ReplyError} where none is named, and there is not exactly one
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
  const came = names.length === 0 ? 'does not list its models' : `has several: ${names.join(', ')}`;
  throw new ReplyError(`expected settings.model, for the server ${came}`);
}

async function listModels(lists: Parameters<typeof findModel>[1]): Promise<readonly string[]> {
  for (const list of lists) {
    try {
      return await list();
    } catch (error) {
      // It does not know the way.
      if (!(error instanceof UpstreamError && error.failure === 'status')) throw error;
    }
  }
  return [];
}
