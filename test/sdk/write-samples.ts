/** Writes the training data of the sample deployments as CSV files. usage: write-samples.ts FOLDER */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSamples, toTable } from '../../scripts/sample-data.ts';

const folder = process.argv[2] as string;
for (const { id, label, features, rows } of await readSamples()) {
  const { fields, values } = toTable([...features, label], rows);
  const lines = [fields, ...values].map((row) => row.map((cell) => cell ?? '').join(','));
  await writeFile(join(folder, `${id}.csv`), `${lines.join('\n')}\n`);
}
