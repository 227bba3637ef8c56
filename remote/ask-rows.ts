/** Has an upstream answer rows, and takes the answer as it comes, before it is held against any classes: for `wrap`, which learns them from it. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import { parsePart } from '../models/kinds/kind.ts';
import type { Table } from '../models/table.ts';
import type { RemoteAdapter, RemoteAnswer } from './adapter.ts';
import { withDeadline } from '../upstream/deadline.ts';
import { connect } from './connect.ts';
import { toLimits } from './remote-kind.ts';
import { splitTable } from './request/split-table.ts';

const KEYS = ['predictions', 'probabilities', 'positive'] as const;

/**
 * What an upstream says of a table, part by part.
 * @param file the deployment as far as it is known; its classes may be placeholders
 * @throws {UpstreamError} as the upstream fails, {DeploymentError} and {EngineError} as its adapter does
 */
export async function askRows(adapter: RemoteAdapter, file: DeploymentFile, table: Table): Promise<RemoteAnswer> {
  const settings = parsePart(adapter.settings, file.settings, 'deployment.json.settings');
  const format = adapter.build(file, settings);
  const upstream = await connect(adapter, settings);
  return withDeadline(settings.timeout, undefined, async (deadline) => {
    const answers: RemoteAnswer[] = [];
    for await (const { request, rowCount } of splitTable(table, format, toLimits(adapter, settings)))
      answers.push(await format.toAnswer(await upstream.post(request, deadline), rowCount));
    return join(answers);
  });
}

/** One answer of all parts; it has what each of them has. */
function join(answers: readonly RemoteAnswer[]): RemoteAnswer {
  const keys = KEYS.filter((key) => answers.every((answer) => answer[key] !== undefined));
  return Object.fromEntries(keys.map((key) => [key, answers.flatMap((answer) => answer[key])]));
}
