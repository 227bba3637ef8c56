import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';

/** The script; compiled, this file is one folder deeper. */
const SCRIPT = 'models/kinds/scikit-learn/export.py';

/** The command that prints the Python script that exports a scikit-learn model as JSON. */
export function buildExportScriptCommand(): Command {
  return new Command('export-script')
    .description('print the Python script that exports a scikit-learn model as JSON')
    .addHelpText(
      'after',
      `
Run the script where the model was fitted; it needs only scikit-learn:

  custom-ml-engine export-script > export.py
  python export.py model.joblib --rows sample.csv --label risk --out model.json`,
    )
    .action(async () => {
      const urls = ['../', '../../'].map((path) => new URL(`${path}${SCRIPT}`, import.meta.url));
      process.stdout.write(await readFile(urls.find((url) => existsSync(url)) ?? (urls[0] as URL), 'utf8'));
    });
}
