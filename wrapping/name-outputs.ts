/** Names the outputs that have the results, so that the engine need not guess which they are: it is decided once, and recorded. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { RequestTable } from '../models/table.ts';
import type { Outputs, RemoteAdapter } from '../remote/adapter.ts';
import { findOutputs, type FoundOutputs } from '../remote/find-outputs.ts';
import { PAIRS, PREDICTIONS, PROBABILITIES } from '../remote/reply/read-named.ts';
import { listReplyOutputs, type PartReply } from '../remote/score-rows.ts';
import { CommandError } from '../errors/command-error.ts';
import type { Class } from './class-labels.ts';
import { isSettings, type Settings } from './merge-settings.ts';

/** The settings that name the outputs, and the classes that an output lists. */
export interface NamedOutputs {
  readonly settings: Settings;
  readonly classes?: readonly Class[];
}

/** The settings of which one is enough to decide. */
const DECIDED = ['prediction', 'probability', 'confidence'];

/**
 * Names the outputs of replies that have several. A second, smaller batch shows which of them have one value per row.
 * @param request scores other rows
 * @throws {CommandError} if the user must choose
 */
export async function nameOutputs(
  adapter: RemoteAdapter,
  file: DeploymentFile,
  replies: readonly PartReply[],
  request: (rows: RequestTable) => Promise<readonly PartReply[]>,
): Promise<NamedOutputs> {
  const { output } = file.settings as Settings;
  if (isSettings(output) && DECIDED.some((name) => Object.hasOwn(output, name))) return { settings: {} };
  const outputs = await listReplyOutputs(adapter, file, replies);
  if (!outputs?.some(({ size }) => size > 1)) return { settings: {} };
  const others = await request(toOtherBatch(file.example));
  const batches = [...toBatches(replies, outputs), ...toBatches(others, await listReplyOutputs(adapter, file, others))];
  const found = findOutputs(batches);
  return found ? chooseNames(found) : { settings: {} };
}

function toBatches(replies: readonly PartReply[], outputs: readonly Outputs[] = []) {
  return outputs.map((one, index) => ({ outputs: one, rowCount: (replies[index] as PartReply).rowCount }));
}

/** A few of the rows, but not as many as there are: servers may answer a single row in another shape. */
function toOtherBatch({ fields, values }: RequestTable): RequestTable {
  const count = values.length === 3 ? 2 : 3;
  return {
    fields,
    values: Array.from({ length: count }, (_, row) => values[row % values.length] as readonly unknown[]),
  };
}

function chooseNames({ singles, vectors, classes }: FoundOutputs): NamedOutputs {
  // They are read by the names of the classes in each row.
  if (PAIRS.some((pair) => pair.every((name) => vectors.includes(name)))) return { settings: {} };
  const prediction = choose(singles, PREDICTIONS);
  const probability = choose(vectors, PROBABILITIES);
  if (prediction === undefined && probability === undefined) throw toChoice(singles, vectors);
  const output = {
    ...(prediction !== undefined && { prediction }),
    ...(probability !== undefined && { probability }),
  };
  return { settings: { output }, ...(classes && { classes }) };
}

function choose(names: readonly string[], usual: readonly string[]): string | undefined {
  return usual.find((name) => names.includes(name)) ?? (names.length === 1 ? names[0] : undefined);
}

function toChoice(singles: readonly string[], vectors: readonly string[]): CommandError {
  if (singles.length + vectors.length === 0)
    return new CommandError('No output of the server has one value per row: check the kind and its settings.');
  const list = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ');
  return new CommandError(
    [
      'Several outputs of the server have one value per row.',
      ...(singles.length > 0 ? [`Name the prediction with --set output.prediction=… (${list(singles)}).`] : []),
      ...(vectors.length > 0 ? [`Name the probabilities with --set output.probability=… (${list(vectors)}).`] : []),
    ].join(' '),
  );
}
