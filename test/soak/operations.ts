/** What the soak sends, and how each reply is checked. Expected answers are computed before, from deployments at rest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { request } from 'undici';
import { openDeployments } from '../../library/open-deployments.ts';
import type { Random } from '../../training/forest/random.ts';
import { SAMPLE_IDS } from '../support/engine.ts';
import { toAnswered, toXs } from '../support/remote.ts';
import { makeSampleTable, readDeploymentFile } from '../support/sample-rows.ts';
import type { ChangingDeployments } from './changing-deployments.ts';
import type { MoodyTarget } from './moody-target.ts';

/** A request of the soak. Times are those of performance.now(). */
export interface SoakRequest {
  readonly path: string;
  /** A body makes it a POST. */
  readonly body?: Buffer;
  /** Whether the engine handles it in a thread. */
  readonly isLong?: boolean;
  /** What is wrong with the reply; undefined if nothing is. */
  readonly complain: (status: number, body: Buffer, sentAt: number) => string | undefined;
}

/** A kind of request: a row of the report. */
export interface Operation {
  readonly name: string;
  /** Its share of all requests. */
  readonly weight: number;
  readonly make: (random: Random) => SoakRequest;
}

export interface OperationOptions {
  /** The folder that is served, and an engine at rest that serves it. */
  readonly folder: string;
  readonly url: string;
  readonly target: MoodyTarget;
  readonly changing: ChangingDeployments;
  readonly random: Random;
}

/** Bodies of 64 KiB or more are handled by threads. */
const LONG_BODY = 65_536;

/** The sizes of tables, each with its share of the requests and the number of different tables per deployment. */
const SIZES = [
  { rows: 1, weight: 45, tables: 200 },
  { rows: 51, weight: 10, tables: 40 },
  { rows: 100, weight: 8, tables: 20 },
  { rows: 3000, weight: 2, tables: 2 },
  { rows: 5000, weight: 1, tables: 2 },
];

/** Prepares all operations. */
export async function prepareOperations(options: OperationOptions): Promise<Operation[]> {
  return [
    ...(await prepareSamples(options)),
    ...[1, 51].map((rows) => toWrapped(options.target, rows)),
    ...toChanging(options.changing),
    toDiscovery(options.changing),
    toDetails(options.folder),
    toHealth(),
  ];
}

/**
 * Scoring of the samples. The expected reply is what an engine at rest sends, byte for byte, and its values are what the library
 * computes without HTTP.
 */
async function prepareSamples({ folder, url, random }: OperationOptions): Promise<Operation[]> {
  const deployments = await openDeployments(folder);
  const prepared = new Map<number, SoakRequest[]>(SIZES.map(({ rows }) => [rows, []]));
  for (const id of SAMPLE_IDS) {
    const file = readDeploymentFile(join(folder, id));
    const path = `/v1/deployments/${id}/online`;
    for (const { rows, tables } of SIZES) {
      for (let index = 0; index < tables; index++) {
        const table = makeSampleTable(file, rows, random);
        const body = Buffer.from(JSON.stringify(table));
        const headers = { 'Content-Type': 'application/json' };
        const reply = await request(`${url}${path}`, { method: 'POST', headers, body });
        const expected = Buffer.from(await reply.body.arrayBuffer());
        const computed = JSON.parse(JSON.stringify(await deployments.score(id, table))) as unknown;
        if (reply.statusCode !== 200 || !isDeepStrictEqual(JSON.parse(expected.toString()), computed))
          throw new Error(`an engine at rest does not score ${id} as the library does`);
        prepared.get(rows)?.push({ path, body, isLong: body.length >= LONG_BODY, complain: toComparison(expected) });
      }
    }
  }
  await deployments.close();
  return SIZES.map(({ rows, weight }) => {
    const requests = prepared.get(rows) as SoakRequest[];
    return {
      name: `score ${rows} ${rows === 1 ? 'row' : 'rows'} of a sample`,
      weight,
      make: (some) => requests[some.below(requests.length)] as SoakRequest,
    };
  });
}

function toComparison(expected: Buffer) {
  return (status: number, body: Buffer) => {
    if (status !== 200) return `status ${status}`;
    return body.equals(expected) ? undefined : 'a wrong answer';
  };
}

/** Scoring of a wrapped model, whose target fails now and then. */
function toWrapped(target: MoodyTarget, rows: number): Operation {
  return {
    name: `score ${rows} ${rows === 1 ? 'row' : 'rows'} of a wrapped model`,
    weight: 4,
    make: (random) => {
      const xs = Array.from({ length: rows }, () => random.below(1024) / 1024);
      return {
        path: '/v1/deployments/wrapped/online',
        body: Buffer.from(JSON.stringify(toXs(...xs))),
        complain: (status, body, sentAt) => {
          target.noteAnswer(sentAt, status === 200);
          if (status === 200) return hasValues(body, toAnswered(...xs)) ? undefined : 'a wrong answer';
          return [502, 503, 504].includes(status) && target.mayFail(sentAt) ? undefined : `status ${status}`;
        },
      };
    },
  };
}

/** Scoring of deployments that are replaced, added and removed. */
function toChanging(changing: ChangingDeployments): Operation[] {
  const toOperation = (name: string, id: string, complain: (x: number) => SoakRequest['complain']): Operation => ({
    name,
    weight: 4,
    make: (random) => {
      const x = random.below(1000);
      return {
        path: `/v1/deployments/${id}/online`,
        body: Buffer.from(JSON.stringify({ fields: ['x'], values: [[x]] })),
        complain: complain(x),
      };
    },
  });
  return [
    toOperation('score 1 row of a deployment that is replaced', 'replaced', (x) => (status, body, sentAt) => {
      if (status !== 200) return `status ${status}`;
      const versions = changing.listVersions(sentAt);
      return versions.some((version) => hasValues(body, [[x, x + version]])) ? undefined : 'a wrong answer';
    }),
    toOperation('score 1 row of a deployment that comes and goes', 'passing', (x) => (status, body, sentAt) => {
      const presence = changing.listPresence(sentAt);
      if (status === 404) return presence.includes(false) ? undefined : 'status 404';
      if (status !== 200) return `status ${status}`;
      if (!presence.includes(true)) return 'an answer of a deployment that was removed';
      return hasValues(body, [[x, x]]) ? undefined : 'a wrong answer';
    }),
  ];
}

/** Whether an answer has these values. */
function hasValues(body: Buffer, values: unknown): boolean {
  return isDeepStrictEqual((JSON.parse(body.toString()) as { values: unknown }).values, values);
}

function toDiscovery(changing: ChangingDeployments): Operation {
  const always = [...SAMPLE_IDS, 'replaced', 'wrapped'];
  return {
    name: 'discovery',
    weight: 6,
    make: () => ({
      path: '/v1/deployments',
      complain: (status, body, sentAt) => {
        if (status !== 200) return `status ${status}`;
        const { count, resources } = JSON.parse(body.toString()) as Discovery;
        const ids = resources.map(({ metadata }) => metadata.guid);
        const others = ids.filter((id) => !always.includes(id));
        const isRight = always.every((id) => ids.includes(id)) && count === ids.length;
        const mayPass = changing.listPresence(sentAt).includes(others.length === 1);
        return isRight && mayPass && others.every((id) => id === 'passing')
          ? undefined
          : `discovery of ${ids.join(', ')}`;
      },
    }),
  };
}

interface Discovery {
  readonly count: number;
  readonly resources: readonly { readonly metadata: { readonly guid: string } }[];
}

function toDetails(folder: string): Operation {
  const names = SAMPLE_IDS.map((id) => {
    const { name } = JSON.parse(readFileSync(join(folder, id, 'deployment.json'), 'utf8')) as { name: string };
    return { id, name };
  });
  return {
    name: 'details of a deployment',
    weight: 3,
    make: (random) => {
      const { id, name } = names[random.below(names.length)] as { id: string; name: string };
      return {
        path: `/v1/deployments/${id}`,
        complain: (status, body) => {
          if (status !== 200) return `status ${status}`;
          const { entity } = JSON.parse(body.toString()) as { entity: { name: string } };
          return entity.name === name ? undefined : 'another deployment';
        },
      };
    },
  };
}

function toHealth(): Operation {
  return {
    name: 'readiness',
    weight: 2,
    make: () => ({
      path: '/health/ready',
      complain: (status) => (status === 200 ? undefined : `status ${status}`),
    }),
  };
}
