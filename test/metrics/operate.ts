/**
 * What an operator does with a running engine, with a real Prometheus; see run.sh. An engine with TLS, API keys, a password and two workers is
 * called all the time; meanwhile a model is replaced and rolled back, the certificate is replaced and a key revoked. No call may fail
 * but those with the revoked key, and the header of each answer, the log and Prometheus must say what has happened.
 */
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startEngineProcess } from '../support/engine-process.ts';
import { makeTlsFolder, sendSecurely } from '../support/tls-client.ts';
import { until } from '../support/until.ts';
import { startPrometheus } from './prometheus.ts';

const [programs = '', temporary = ''] = process.argv.slice(2);
const START = fileURLToPath(new URL('../../dist/cli/start.cjs', import.meta.url));
const PASSWORD = { ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'for this proof' };
/** Connections in a row that reach both workers, which get them in turn. */
const IN_A_ROW = 10;

const scratch = join(temporary, 'operate');
const deployments = join(scratch, 'deployments');
await mkdir(deployments, { recursive: true });
const tls = makeTlsFolder();
const keyFile = join(scratch, 'keys.json');

/** Runs a command as the operator does; gives what it prints. */
async function run(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...process.env, ENGINE_API_KEYS_FILE: keyFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`custom-ml-engine ${args.join(' ')}: ${code}\n${stderr}`);
  return stdout;
}

/** Learns which sizes are big: those from 50 on, or those below. */
async function train(big: 'from 50' | 'below 50'): Promise<string> {
  const file = join(scratch, 'sizes.csv');
  const rows = Array.from({ length: 200 }, (_, row) => row % 100);
  const toLabel = (size: number) => (size >= 50 === (big === 'from 50') ? 'big' : 'small');
  await writeFile(file, ['size,label', ...rows.map((size) => `${size},${toLabel(size)}`)].join('\n'));
  const own = ['--label', 'label', '--kind', 'random-forest', '--trees', '5', '--id', 'sizes', '--out', deployments];
  await run('train', file, ...own, '--force');
  const [current] = await listVersions();
  return current as string;
}

async function listVersions(): Promise<string[]> {
  const all = JSON.parse(await run('versions', 'sizes', '--deployments', deployments, '--json')) as {
    readonly version: string;
  }[];
  return all.map(({ version }) => version);
}

const toBearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const addKey = async (name: string) => (await run('key', 'add', name)).trim();
const [scraper, partner, former] = [await addKey('prometheus'), await addKey('partner'), await addKey('former')];
const first = await train('from 50');

const engine = await startEngineProcess({
  deployments,
  folder: scratch,
  authority: tls.authority.cert,
  parameters: ['--workers', '2'],
  environment: { ...PASSWORD, ...tls.environment, ENGINE_API_KEYS_FILE: keyFile },
});
let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
const agents: Agent[] = [];
try {
  const [ca, credentials] = [join(scratch, 'ca.pem'), join(scratch, 'scraper')];
  await Promise.all([writeFile(ca, tls.authority.cert), writeFile(credentials, scraper, { mode: 0o600 })]);
  prometheus = await startPrometheus(programs, scratch, {
    scheme: 'https',
    tls_config: { ca_file: ca, server_name: 'localhost' },
    authorization: { credentials_file: credentials },
    static_configs: [{ targets: [new URL(engine.url).host] }],
  });
  const { ask, query, holds } = prometheus;
  const send = (path: string, options: Parameters<typeof sendSecurely>[2]) =>
    sendSecurely(engine.url, path, { ca: tls.authority.cert, ...options });

  /** The label of size 10 by the version that says it has scored. */
  const labels = new Map([[first, 'small']]);
  const counts = { scored: 0, refused: 0 };
  /** The versions that have answered since it was last cleared. */
  const seen = new Set<string>();
  const isRevoked = { begun: false, seen: 0 };
  let isOver = false as boolean;

  const score = (headers: Record<string, string>, agent?: Agent) =>
    send('/v1/deployments/sizes/online', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ fields: ['size'], values: [[10]] }),
      ...(agent && { agent }),
    });

  /** Calls until all is over, one call after the other. */
  const call = async (name: string, headers: Record<string, string>, agent?: Agent) => {
    while (!isOver) {
      const { status, text, headers: received } = await score(headers, agent);
      if (name === 'former' && status === 401) {
        expect(isRevoked.begun, 'a key is refused before it is revoked').to.equal(true);
        counts.refused += 1;
        isRevoked.seen += 1;
        continue;
      }
      expect(status, `${name}: ${text}`).to.equal(200);
      if (name === 'former') isRevoked.seen = 0;
      const version = String(received['x-deployment-version']);
      const { fields, values } = JSON.parse(text) as { fields: string[]; values: unknown[][] };
      const answer = values[0]?.[fields.indexOf('prediction')];
      // A new version answers before its command has ended.
      const expected = labels.get(version) ?? 'big';
      expect(answer, `${name} has an answer of version ${version}`).to.equal(expected);
      labels.set(version, expected);
      seen.add(version);
      counts.scored += 1;
    }
  };
  const keep = () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return agent;
  };
  const basic = { Authorization: `Basic ${Buffer.from(Object.values(PASSWORD).join(':')).toString('base64')}` };
  const calls = Promise.all([
    call('password', basic),
    call('password, kept', basic, keep()),
    call('partner', toBearer(partner)),
    call('partner, kept', { 'X-API-Key': partner }, keep()),
    call('former', toBearer(former)),
  ]);
  /** Waits for what calls must bring about; their failure is the end of it. */
  const during = <Result>(wait: Promise<Result>) => Promise.race([calls.then(() => wait), wait]);
  const SCORED = 'custom_ml_engine_requests_total{operation="scoreDeployment",deployment="sizes"';
  const LOADS = 'custom_ml_engine_deployment_loads_total{result="served"}';
  const hasOnly = (version: string) =>
    until(`only version ${version} answers`, async () => {
      seen.clear();
      const before = counts.scored;
      await until('there are more answers', () => counts.scored >= before + 10 * IN_A_ROW);
      return [...seen].join() === version;
    });

  const countOf = async (text: string) => (await query(text))[0] ?? 0;
  await during(until('Prometheus has counted calls', async () => (await countOf(`sum(${SCORED}})`)) > 0));
  await during(holds('both workers have loaded the model', LOADS, 2));

  const second = await during(train('below 50'));
  expect(second).to.not.equal(first);
  await during(hasOnly(second));
  expect([labels.get(first), labels.get(second)]).to.deep.equal(['small', 'big']);
  await during(holds('both workers have loaded the new version', LOADS, 4));
  console.log('a model was replaced under load, and the header says which version has answered');

  const said = await during(run('rollback', 'sizes', '--deployments', deployments));
  expect(said).to.contain(`sizes is version ${first} again; it was ${second}.`);
  await during(hasOnly(first));
  await during(holds('both workers have loaded the former version', LOADS, 6));
  expect(await during(listVersions())).to.deep.equal([first, second]);
  console.log('it was rolled back under load');

  const next = tls.authority.issue();
  const { fingerprint256 } = new X509Certificate(next.cert);
  tls.write(next);
  await during(
    until('both workers show the new certificate', async () => {
      for (let time = 0; time < IN_A_ROW; time++)
        if ((await send('/health/live', {})).fingerprint !== fingerprint256) return false;
      return true;
    }),
  );
  console.log('the certificate was replaced under load');

  isRevoked.begun = true;
  await during(run('key', 'revoke', 'former'));
  await during(until('both workers refuse the key', () => isRevoked.seen >= IN_A_ROW));
  console.log('a key was revoked, and no other caller has noticed');

  isOver = true;
  await calls;
  await holds('all answers are counted', `sum(${SCORED},status="200"})`, counts.scored);
  await holds('all refusals are counted', 'sum(custom_ml_engine_requests_total{status="401"})', counts.refused);
  expect(await query('custom_ml_engine_requests_total{status!~"200|401"} > 0')).to.deep.equal([]);
  expect(await query('min_over_time(up[10m])'), 'no scrape has failed').to.deep.equal([1]);
  const rules = await prometheus.evaluateRules();
  const { alerts } = (await ask('alerts')) as { alerts: { state: string }[] };
  expect(alerts.filter(({ state }) => state === 'firing')).to.deep.equal([]);
  console.log(
    `Prometheus scraped with a key by TLS, without a gap, and has counted ${counts.scored} answers; ${rules} rules, no alert`,
  );

  const lines = (await readFile(engine.logFile, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  const log = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const scored = log.filter(({ status, version }) => status === 200 && version !== undefined);
  expect(scored, 'lines of the log').to.have.length(counts.scored);
  expect(new Set(scored.map(({ version }) => version))).to.deep.equal(new Set([first, second]));
  expect(new Set(scored.map(({ key }) => key))).to.deep.equal(new Set([undefined, 'partner', 'former']));
  for (const secret of [scraper, partner, former, PASSWORD.ENGINE_PASSWORD])
    expect(lines.some((line) => line.includes(secret))).to.equal(false);
  console.log('the log has the version and the name of the key of each call, and no key');
} finally {
  for (const agent of agents) agent.destroy();
  await prometheus?.stop();
  await engine.stop();
}
