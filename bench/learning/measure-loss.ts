/** The loss of a deployment on the rows of a file. */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { score } from '../../models/score-table.ts';

/** Rows that are scored at once. */
const CHUNK = 5000;
/** scikit-learn clips probabilities at this number, too. */
const EPSILON = Number.EPSILON;

/**
 * Scores the rows of a CSV file, whose last column is the label, as a request with them is scored.
 * @returns the log loss in nats, or the root of the mean squared error
 */
export async function measureLoss(folder: string, path: string): Promise<number> {
  const { file, model } = await loadDeployment(folder, { allowModules: false });
  const records: string[][] = parse(await readFile(path, 'utf8'));
  const [header = [], ...rows] = records;
  const positions = file.columns.map(({ name }) => header.indexOf(name));
  const toCell = file.columns.map(({ type }) => READERS[type]);
  const classes = file.label.classes?.map(String);
  let sum = 0;
  for (let from = 0; from < rows.length; from += CHUNK) {
    const part = rows.slice(from, from + CHUNK);
    const values = part.map((row) =>
      positions.map((position, column) =>
        row[position] ? (toCell[column] as (text: string) => unknown)(row[position]) : null,
      ),
    );
    const fields = file.columns.map(({ name }) => name);
    const { predictions, probabilities } = await score({ file, model }, { fields, values });
    part.forEach((row, index) => {
      const truth = row.at(-1) as string;
      const loss =
        classes && probabilities
          ? -Math.log(Math.max(EPSILON, probabilities[index * classes.length + classes.indexOf(truth)] as number))
          : ((predictions[index] as number) - Number(truth)) ** 2;
      sum += loss;
    });
  }
  return classes ? sum / rows.length : Math.sqrt(sum / rows.length);
}

const READERS = {
  string: (text: string) => text,
  boolean: (text: string) => text.toLowerCase() === 'true',
  integer: Number,
  long: Number,
  double: Number,
};
