/** A real Prometheus for the proofs: its programs, and what is asked of it. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, startServer } from '../../bench/server-process.ts';
import { until } from '../support/until.ts';

/** The alert rules that are checked and loaded. */
export const RULES = fileURLToPath(new URL('../../deploy/prometheus/rules.yaml', import.meta.url));

/** Runs promtool. @throws {Error} with what it has printed if it complains */
export function runPromtool(programs: string, args: readonly string[], input = ''): void {
  const { status, stdout, stderr } = spawnSync(join(programs, 'promtool'), args, { input, encoding: 'utf8' });
  // It prints what it would have otherwise, too, and ends with 0.
  if (status !== 0 || (args[1] === 'metrics' && stderr !== ''))
    throw new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`);
}

/** Starts a Prometheus that has the rules loaded and scrapes an engine every second, as a scrape configuration says. */
export async function startPrometheus(programs: string, scratch: string, scrape: object) {
  const config = join(scratch, 'prometheus.yaml');
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: [{ job_name: 'custom-ml-engine', ...scrape }],
    }),
  );
  const port = await findFreePort();
  const server = await startServer({
    name: 'Prometheus',
    port,
    folder: scratch,
    readyPath: '/-/ready',
    command: () => [
      join(programs, 'prometheus'),
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(scratch, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
  });
  const ask = async (path: string, parameters: Record<string, string> = {}) => {
    const response = await fetch(
      `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    );
    const reply = (await response.json()) as { status: string; error?: string; data: unknown };
    if (reply.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${reply.error}`);
    return reply.data;
  };
  const query = async (text: string) => {
    const { result } = (await ask('query', { query: text })) as { result: { value: [number, string] }[] };
    return result.map(({ value: [, value] }) => Number(value));
  };
  return {
    ask,
    query,
    /** Waits until a query has a single value, and that is the expected one. */
    holds: (what: string, text: string, expected: number) =>
      until(what, async () => (await query(text)).join() === String(expected)),
    /** Waits until all rules are evaluated; gives their number. */
    evaluateRules: async () => {
      const list = async () => {
        const { groups } = (await ask('rules')) as { groups: { rules: { health: string }[] }[] };
        return groups.flatMap((group) => group.rules);
      };
      await until('all rules are evaluated', async () => {
        const rules = await list();
        return rules.length > 0 && rules.every(({ health }) => health === 'ok');
      });
      return (await list()).length;
    },
    stop: () => server.stop(),
  };
}
