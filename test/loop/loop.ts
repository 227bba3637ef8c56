/**
 * The whole loop, as a user runs it: a table is trained, registered with all monitors in a double of OpenScale, and scored by the
 * logged way, while the double fails more than a third of its calls and the engine is killed twice. At the end the double has
 * every row exactly once.
 * usage: loop.ts [ROWS]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSamples, toTable } from '../../scripts/sample-data.ts';
import type { Failure } from '../openscale-double/failures.ts';
import { CREDENTIALS, OpenScaleDouble } from '../openscale-double/openscale-double.ts';
import { Run } from '../support/run.ts';
import { toConfigurationArchive } from '../support/tar.ts';

const ROWS = Number(process.argv[2] ?? 10_000);
/** Requests at a time. */
const LANES = 16;
/** How long everything may take, in milliseconds. */
const PATIENCE = 1_200_000;

/** What fails, and once in how many requests. */
const FAILURES: readonly (readonly [Failure, { every: number; path?: string }])[] = [
  [{ kind: 'status', status: 500 }, { every: 7 }],
  [{ kind: 'rate-limit', retryAfter: 1 }, { every: 8 }],
  [{ kind: 'drop' }, { every: 9 }],
  [{ kind: 'drop', isProcessed: true }, { every: 10 }],
  [{ kind: 'expired' }, { every: 25 }],
  [{ kind: 'silence' }, { every: 20, path: '/records' }],
  [{ kind: 'half' }, { every: 6, path: '/records' }],
  [{ kind: 'poll-error' }, { every: 7, path: '/records' }],
];

const folder = await mkdtemp(join(tmpdir(), 'loop-'));
const double = await OpenScaleDouble.start({ settle: 1, hasDataMart: false, qualityNeedsPayload: true });
const secrets = {
  IBM_CLOUD_API_KEY: CREDENTIALS.apiKey,
  OPENSCALE_URL: double.url,
  OPENSCALE_TOKEN_URL: `${double.url}/identity/token`,
};
const startedAt = performance.now();
let engine: Run | undefined;
let url = '';

function tell(text: string): void {
  console.error(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

function checkTime(what: string): void {
  if (performance.now() - startedAt > PATIENCE) throw new Error(`${what}: it takes too long`);
}

/** Writes the table and trains on it. */
async function train(): Promise<readonly unknown[][]> {
  const sample = (await readSamples()).find(({ id }) => id === 'penguins');
  if (!sample) throw new Error('the sample is missing');
  const { label, features, rows } = sample;
  const { fields, values } = toTable([...features, label], rows);
  const lines = [fields, ...values].map((row) => row.map((cell) => cell ?? '').join(','));
  const file = join(folder, 'birds.csv');
  await writeFile(file, `${lines.join('\n')}\n`);
  const args = [
    'train',
    file,
    '--label',
    label,
    '--kind',
    'random-forest',
    '--trees',
    '20',
    '--out',
    join(folder, 'deployments'),
  ];
  const { code, stderr } = await new Run(args).end();
  if (code !== 0) throw new Error(`train: ${stderr}`);
  // The label is last.
  return values.map((row) => row.slice(0, -1)).filter((row) => row.every((cell) => cell !== null));
}

/** Registers until nothing fails, as the command says. */
async function register(): Promise<void> {
  const archive = join(folder, 'archive.tar.gz');
  await writeFile(archive, toConfigurationArchive());
  const choices = ['--fairness', 'sex=MALE:FEMALE', '--favourable', 'Gentoo', '--archive', archive, '--send-example'];
  for (let attempt = 1; ; attempt++) {
    const args = [
      'register',
      'birds',
      '--deployments',
      join(folder, 'deployments'),
      '--auth',
      'none',
      ...choices,
      '--apply',
    ];
    const { code, stderr } = await new Run(args, { environment: secrets }).end();
    tell(`register: ${code === 0 ? 'done' : (stderr.split('\n').at(-2) ?? '')}`);
    if (code === 0) return;
    if (attempt === 20) throw new Error(`register: ${stderr}`);
  }
}

async function serve(): Promise<void> {
  const port = url === '' ? '0' : new URL(url).port;
  engine = new Run(['serve', '--port', port, '--workers', '2', '--deployments', join(folder, 'deployments')], {
    environment: { ...secrets, ENGINE_PAYLOAD_LOG: join(folder, 'payload-log.json'), ENGINE_LOG_LEVEL: 'error' },
  });
  url = await engine.listen();
}

/** Kills the engine and starts it again. */
async function kill(): Promise<void> {
  engine?.process.kill('SIGKILL');
  await engine?.code;
  tell('the engine was killed');
  await serve();
}

/** Scores a row until the engine has accepted it; its id makes that safe. */
async function score(fields: readonly string[], row: readonly unknown[], id: string): Promise<void> {
  for (;;) {
    checkTime('scoring');
    const isAccepted = await fetch(`${url}/v1/deployments/birds/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-scoring-id': id },
      body: JSON.stringify({ fields, values: [row] }),
      signal: AbortSignal.timeout(30_000),
    }).then(
      async (reply) => (await reply.text(), reply.ok),
      () => false,
    );
    if (isAccepted) return;
    await sleep(50);
  }
}

async function scoreAll(fields: readonly string[], rows: readonly unknown[][]): Promise<void> {
  let next = 0;
  let killed: Promise<void> | undefined;
  const lane = async () => {
    while (next < ROWS) {
      const index = next++;
      if (index === Math.floor(ROWS / 3) || index === Math.floor((2 * ROWS) / 3))
        killed = (killed ?? Promise.resolve()).then(kill);
      await score(fields, rows[index % rows.length] as unknown[], `row-${index}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await killed;
}

/** The differences between what the double has and what it should have. */
function listProblems(): string[] {
  const ids = double
    .records('payload_logging')
    .map(({ id }) => id)
    .filter((id) => !id.startsWith('custom-ml-engine-example'));
  const missing = Array.from({ length: ROWS }, (_, index) => `row-${index}-1`).filter((id) => !ids.includes(id));
  const monitors = [...double.store.monitors.values()].map(
    ({ entity }) => `${entity.monitor_definition_id} ${String(entity.status['state'])}`,
  );
  const expected = ['performance', 'model_health', 'quality', 'fairness', 'explainability', 'drift_v2'];
  return [
    ...(missing.length > 0 ? [`${missing.length} rows are missing, such as ${missing[0]}`] : []),
    ...(ids.length > ROWS ? [`there are ${ids.length} records`] : []),
    ...expected.filter((name) => !monitors.includes(`${name} active`)).map((name) => `${name} is not active`),
  ];
}

try {
  for (const [failure, rule] of FAILURES) double.fail(failure, { ...rule, times: Infinity });
  const rows = await train();
  tell('trained');
  await register();
  const sink = {
    type: 'openscale',
    url: double.url,
    authentication: { type: 'iam', api_key: { variable: 'IBM_CLOUD_API_KEY' }, url: secrets.OPENSCALE_TOKEN_URL },
    timeout: 2000,
    poll_interval: 50,
    first_wait: 100,
    longest_wait: 2000,
  };
  await writeFile(join(folder, 'payload-log.json'), JSON.stringify({ folder: join(folder, 'log'), sinks: [sink] }));
  await serve();
  const resource = (await (await fetch(`${url}/v1/deployments`)).json()) as {
    resources: { entity: { asset_properties: { feature_fields: string[] } } }[];
  };
  const fields = resource.resources[0]?.entity.asset_properties.feature_fields ?? [];
  await scoreAll(fields, rows);
  tell(`${ROWS} rows are scored; ${double.records('payload_logging').length} have arrived`);
  for (let problems = listProblems(); problems.length > 0; problems = listProblems()) {
    if (performance.now() - startedAt > PATIENCE) throw new Error(problems.join('; '));
    await sleep(500);
  }
  const share = Math.round((100 * double.failed) / double.requests.length);
  if (share < 33) throw new Error(`only ${share} % of the calls failed`);
  console.log(
    `loop: ${ROWS} rows are there exactly once and all monitors active; ${share} % of ${double.requests.length} calls failed`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  engine?.process.kill('SIGKILL');
  await engine?.code;
  await double.close();
  await rm(folder, { recursive: true, force: true });
}
