/** Scores rows and returns the answers as they were sent, not yet checked against any classes: for `wrap`, which learns them. */
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
 * The upstream's answer to a table, which is sent in parts if it is large.
 * @param file the deployment as far as it is known; its classes may be placeholders
 * @throws {UpstreamError} if the upstream fails
 * @throws {DeploymentError | EngineError} if the adapter cannot write the request
 */
export async function scoreRows(adapter: RemoteAdapter, file: DeploymentFile, table: Table): Promise<RemoteAnswer> {
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

/** Joins the answers to all parts; the result has what each of them has. */
function join(answers: readonly RemoteAnswer[]): RemoteAnswer {
  const keys = KEYS.filter((key) => answers.every((answer) => answer[key] !== undefined));
  return Object.fromEntries(keys.map((key) => [key, answers.flatMap((answer) => answer[key])]));
}
