/** Words that must not come back: where they went in, and where they must not be found. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** In cells of tables, and in ids of deployments: never in an error or the log. */
export const CELL = 'canary-cell-8675309';
export const ID = 'canary-id-8675309';
/** The password of the engine, and a part of the path of its folder: never in any reply, nor in the log. */
export const PASSWORD = 'canary-password-8675309';
export const PATH = 'canary-path-8675309';

/** Texts that stand in a stack or come from a path of the machine. */
const INTERNALS = /node_modules|node:internal|\bat \S+ \(|\bat (?:file|node):|\/(?:home|tmp|root|usr)\//;

/** What an error reply must not have. */
export function findInError(text: string): string | undefined {
  const canary = [CELL, ID, PASSWORD, PATH].find((word) => text.includes(word));
  return canary ?? INTERNALS.exec(text)?.[0];
}

/** What any reply must not have. */
export function findInReply(text: string): string | undefined {
  return [PASSWORD, PATH].find((word) => text.includes(word));
}

/** Searches a log, whose causes may have stacks. Gives the lines that have a canary, that are no JSON, or that tell of a failure of the engine; at most 20. */
export async function searchLog(file: string): Promise<string[]> {
  const found: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (found.length >= 20) break;
    const canary = [CELL, ID, PASSWORD].find((word) => line.includes(word));
    if (canary !== undefined) found.push(`${canary} is in the log: ${line.slice(0, 300)}`);
    if (!line.startsWith('{') || !line.endsWith('}'))
      found.push(`the log has a line that is no object: ${line.slice(0, 300)}`);
    else if (/"level":"(?:error|fatal)"|"code":"(?:internal_error|model_failed)"/.test(line))
      found.push(`the log has a failure: ${line.slice(0, 300)}`);
  }
  return found;
}
