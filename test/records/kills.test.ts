/**
 * kill -9 at each step of a record's way, and a restart: what was accepted arrives once. A record may be sent again only if the process
 * dies after the sink has taken it and before that is on disk; then it has the same id, by which the sink knows it.
 */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CloudEvent } from '../../records/cloud-event.ts';
import { readStatus } from '../../records/read-status.ts';
import { says } from '../support/behaviours.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { ENVIRONMENT } from '../support/run.ts';
import { SpoolFolders } from '../support/spool.ts';
import { until } from '../support/until.ts';

const LOADER = new URL('../../scripts/register-typescript.js', import.meta.url).href;
const KILLER = new URL('../support/kill-at.mjs', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('log-records.ts', import.meta.url));
const COUNT = 400;
/** The records of a batch of the program. */
const BATCH = 7;

/** How often each id was sent to a double. */
function countIds(double: HttpDouble): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of double.requests)
    for (const { id } of JSON.parse(body || '[]') as CloudEvent[]) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

describe('a payload log that is killed', () => {
  const folders = new SpoolFolders();
  const doubles: HttpDouble[] = [];
  const processes: ChildProcess[] = [];
  afterEach(async () => {
    for (const one of processes.splice(0)) one.kill('SIGKILL');
    for (const double of doubles.splice(0)) await double.close();
    await folders.clear();
  });

  /** Starts the program, which may die at a step. Its accepted ids are added to a set. */
  const start = (folder: string, url: string, from: number, accepted: Set<string>, dying: Record<string, string>) => {
    const imports = Object.keys(dying).length > 0 ? ['--import', KILLER] : [];
    const parameters = [folder, url, String(from), String(COUNT)];
    const child = spawn(process.execPath, ['--import', LOADER, ...imports, PROGRAM, ...parameters], {
      env: { ...ENVIRONMENT, ...dying },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    processes.push(child);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const id of text.split('\n').slice(0, -1)) accepted.add(id);
    });
    return { child, closed: once(child, 'close') as Promise<[number | null, string | null]> };
  };

  /** Has a process die at a step, starts another one, and gives what arrived when everything is sent. */
  const surviveKill = async (step: string, behaviour: (kill: () => void) => Behaviour) => {
    const folder = await folders.make();
    const flag = join(await folders.make(), 'flag');
    await writeFile(flag, step);
    const accepted = new Set<string>();
    let kill: () => void = () => undefined;
    const double = await HttpDouble.start(behaviour(() => kill()));
    doubles.push(double);
    const first = start(folder, double.url, 0, accepted, { KILL_FLAG: flag, KILL_AFTER: '3' });
    kill = () => void first.child.kill('SIGKILL');
    const [, signal] = await first.closed;
    expect(signal, 'how the first process ended').to.equal('SIGKILL');
    const atDeath = new Set(accepted);
    expect(atDeath.size).to.be.lessThan(COUNT);
    kill = () => undefined;
    const second = start(folder, double.url, atDeath.size + 8, accepted, {});
    const status = async () => (await readStatus(folder, ['http'], 1)).sinks[0];
    await until('everything is accepted and sent', async () => {
      const last = `id-${COUNT - 1}`;
      return accepted.has(last) && (await status())?.pending === 0 && countIds(double).has(last);
    });
    second.child.stdin.end();
    await second.closed;
    const counts = countIds(double);
    expect(
      [...accepted].filter((id) => !counts.has(id)),
      'accepted and not sent',
    ).to.deep.equal([]);
    return { repeated: [...counts.values()].filter((count) => count > 1).length, damaged: (await status())?.damaged };
  };

  const takes: Behaviour = says('');

  it('in the middle of writing a record leaves out what was not accepted', async () => {
    const { repeated, damaged } = await surviveKill('record', () => takes);
    expect(repeated).to.be.at.most(BATCH);
    expect(damaged).to.equal(1);
  });

  for (const step of ['sync', 'answer', 'compact'])
    it(`at the step ${step} sends what was accepted, again at most what was under way`, async () => {
      const { repeated } = await surviveKill(step, () => takes);
      expect(repeated).to.be.at.most(BATCH);
    });

  it('before it notes how far it is, but after the acknowledgement is on disk, sends nothing again', async () => {
    const { repeated } = await surviveKill('progress', () => takes);
    expect(repeated).to.equal(0);
  });

  it('before the sink has taken a batch sends it again', async () => {
    let sends = 0;
    const { repeated } = await surviveKill('send', (kill) => (request, response) => {
      sends += 1;
      if (sends === 4) kill();
      return takes(request, response);
    });
    expect(repeated).to.be.at.most(BATCH);
  });

  it('after the sink has taken a batch, and before that is on disk, sends that batch again with the same ids', async () => {
    const { repeated } = await surviveKill('acknowledge', () => takes);
    expect(repeated).to.be.within(1, BATCH);
  });
});
