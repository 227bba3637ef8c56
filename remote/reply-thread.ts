/** The thread of reply-threads.ts: reads replies as remote-model.ts does. */
import { workerData } from 'piscina';
import type { DeploymentFile } from '../models/deployment-file.ts';
import { parsePart } from '../models/kinds/kind.ts';
import { lowerThreadPriority } from '../models/lower-thread-priority.ts';
import { toUpstreamReply } from '../upstream/request-reply.ts';
import { ReplyError } from '../upstream/upstream-error.ts';
import type { RemoteAdapter } from './adapter.ts';
import { adapters } from './adapters.ts';
import { readScores } from './reply/read-scores.ts';
import type { ReplyTask, ThreadScores } from './reply-threads.ts';

lowerThreadPriority();

const { file, hasProbabilities } = workerData as {
  readonly file: DeploymentFile;
  readonly hasProbabilities: boolean | undefined;
};
const adapter = adapters[file.kind] as RemoteAdapter;
const settings = parsePart(adapter.settings, file.settings, 'deployment.json.settings');
const format = adapter.build(file, settings);

/** The scores in a reply. */
export default async function read({ request, headers, text, rowCount }: ReplyTask): Promise<ThreadScores> {
  try {
    const reply = toUpstreamReply({ headers, text }, request);
    return { scores: await readScores(reply, rowCount, { file, format, output: settings.output, hasProbabilities }) };
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    const { problem, received, quote } = error;
    return { problem, request: error.request, received, quote };
  }
}
