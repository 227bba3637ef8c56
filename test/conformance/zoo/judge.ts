/** Checks an engine of the zoo, as the command line would. */
import type { LookupFunction } from 'node:net';
import { checkEngine, type CheckOptions } from '../../../conformance/check-engine.ts';
import type { Verdict } from '../../../conformance/outcome.ts';
import type { Report } from '../../../conformance/report/report.ts';
import { selectChecks, type Selection } from '../../../conformance/select-checks.ts';
import { PASSWORD, startZooEngine, USERNAME, type Patch, type ZooEngine } from './engine.ts';

export const CREDENTIALS = { kind: 'basic', username: USERNAME, password: PASSWORD } as const;

export type JudgeOptions = Partial<Omit<CheckOptions, 'base' | 'scoringUrl'>> &
  Selection & {
    readonly host?: string;
    /** Without credentials. */
    readonly anonymous?: boolean;
    /** The path of a scoring URL, with its query. */
    readonly scoringPath?: string;
    /** Whether the base URL is left out. */
    readonly withoutBase?: boolean;
  };

/** Resolves every host name to this machine. */
export const toLoopback: LookupFunction = (_host, options, callback) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);

/** The report of a running engine. */
export function judge({ port }: Pick<ZooEngine, 'port'>, options: JudgeOptions = {}): Promise<Report> {
  const {
    only,
    skip,
    logging = false,
    host = '127.0.0.1',
    anonymous = false,
    scoringPath,
    withoutBase = false,
    ...rest
  } = options;
  const base = new URL(`http://${host}:${port}`);
  return checkEngine({
    ...(!withoutBase && { base }),
    ...(scoringPath !== undefined && { scoringUrl: new URL(scoringPath, base) }),
    checks: selectChecks({ ...(only && { only }), ...(skip && { skip }), logging }),
    ...(!anonymous && { credentials: CREDENTIALS }),
    maxRows: 5000,
    timeout: 10_000,
    level: 'required',
    insecure: false,
    ...rest,
  });
}

/** The report of an engine that is started for this purpose. */
export async function judgePatched(patch: Patch, options: JudgeOptions = {}): Promise<Report> {
  const engine = await startZooEngine(patch);
  try {
    return await judge(engine, options);
  } finally {
    await engine.stop();
  }
}

/** The ids of the checks with a verdict. */
export function listIds({ results }: Report, verdict: Verdict): string[] {
  return results.filter((result) => result.verdict === verdict).map(({ id }) => id);
}
