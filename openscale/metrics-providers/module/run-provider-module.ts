/** The thread of run-in-thread.ts: imports a module, and has it compute metrics once. */
import { parentPort, workerData } from 'node:worker_threads';
import { describeCause } from '../../../errors/describe-cause.ts';
import { importModule } from '../../../models/kinds/module/import-module.ts';
import { lowerThreadPriority } from '../../../models/lower-thread-priority.ts';
import type { RecordTable } from '../record-table.ts';
import type { FromProviderModule, ProviderModuleData } from './run-in-thread.ts';

lowerThreadPriority();

const { path, name, input, parameters } = workerData as ProviderModuleData;

/** A table as modules get it: the cells of each column by its name. */
function toPlain({ rowCount, columns }: RecordTable) {
  return { rowCount, columns: Object.fromEntries(columns) };
}

async function compute(): Promise<FromProviderModule> {
  try {
    const run = (await importModule(path, name, '')) as (given: object) => unknown;
    const { records, baseline, ...others } = input;
    const given = { ...others, records: toPlain(records), baseline: baseline && toPlain(baseline), parameters };
    return { groups: await run(given) };
  } catch (error) {
    return { failure: describeCause(error) };
  }
}

const answer = await compute();
try {
  parentPort?.postMessage(answer);
} catch (error) {
  // Functions, for example, cannot be posted.
  parentPort?.postMessage({ failure: describeCause(error) });
}
