/** Wrapping a double: a credit model whose rows have true labels. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailureText } from '../../cli/wrap-text.ts';
import { CommandError } from '../../errors/command-error.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { wrap, type WrapOptions, type WrapResult } from '../../wrapping/wrap.ts';
import { HttpDouble, type Behaviour } from './http-double.ts';
import { withFolder } from './training.ts';

/** Amounts with the true labels. */
export const ROWS = 'amount,risk\n2000,good\n4800,bad\n1200,good\n2700,bad\n2400,bad\n900,good\n';
/** The same with numbers as labels. */
export const NUMBERED = ROWS.replaceAll('good', '0').replaceAll('bad', '1');
/** Some amounts without labels. */
export const UNLABELLED = 'amount\n2000\n4800\n1200\n';
/** The probability of `bad`, as the credit model has it. */
export const toRisk = (amount: number) => 1 / (1 + Math.exp((2500 - amount) / 800));

/** Runs with functions that wrap a path of a double, with success and with failure. */
export async function withDouble(
  behaviour: Behaviour,
  test: (
    run: (path: string, options?: Partial<WrapOptions>, rows?: string) => Promise<WrapResult>,
    fail: (path: string, options?: Partial<WrapOptions>, rows?: string) => Promise<string>,
    out: string,
  ) => Promise<void>,
): Promise<void> {
  const double = await HttpDouble.start(behaviour);
  try {
    await withFolder(async (folder) => {
      const out = join(folder, 'out');
      const run = async (path: string, options: Partial<WrapOptions> = {}, rows = ROWS) => {
        await writeFile(join(folder, 'rows.csv'), rows);
        const deployment = { id: 'credit', name: 'Credit', description: '', echo: true };
        const fixed = { kind: 'json', settings: {}, label: 'risk', deployment, out, force: true };
        return wrap({ ...fixed, rows: join(folder, 'rows.csv'), url: new URL(path, double.url), ...options });
      };
      const fail = async (...of: Parameters<typeof run>) => {
        try {
          await run(...of);
        } catch (error) {
          if (error instanceof CommandError || error instanceof DeploymentError) return toFailureText(error);
          throw error;
        }
        throw new Error('wrap has not failed');
      };
      await test(run, fail, out);
    });
  } finally {
    await double.close();
  }
}

/** Options with settings `output`. */
export const setOutput = (output: object) => ({ settings: { output } });

/** The amounts in the body of a request, in any format. */
export const readAmounts = (body: string): number[] => [...body.matchAll(/\d{3,}/g)].map(([amount]) => Number(amount));
