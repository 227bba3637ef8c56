import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { Scores } from '../../models/model.ts';
import type { UpstreamReply } from '../../upstream/request-reply.ts';
import type { RemoteFormat } from '../adapter.ts';
import type { OutputSettings } from '../remote-settings.ts';
import { explainReply } from './explain-reply.ts';
import { toScores } from './to-scores.ts';

/** How the replies of a deployment are read. */
export interface ReplyReading {
  readonly file: DeploymentFile;
  readonly format: RemoteFormat;
  readonly output: OutputSettings;
  /** Whether the deployment publishes probabilities; if undefined, whatever the reply has. */
  readonly hasProbabilities: boolean | undefined;
}

/**
 * The checked scores in a reply.
 * @throws {ReplyError} that says what was expected and what was received
 */
export function readScores(
  reply: UpstreamReply,
  rowCount: number,
  { file, format, output, hasProbabilities }: ReplyReading,
): Promise<Scores> {
  return explainReply(reply, async () =>
    toScores(await format.toAnswer(reply, rowCount), rowCount, file, output, hasProbabilities),
  );
}
