/**
 * What openapi-backend takes to dispatch a request: `npm run bench -- dispatch`. handleRequest unmodified, and with one repetition
 * after another left out, until it is the engine's. All of them route, check the security, validate the same table of one row and
 * call the handler, in this process, one request after another.
 */
import { OpenAPIBackend, OpenAPIRouter, OpenAPIValidator, type Document, type Operation } from 'openapi-backend';
import openapi from '../generated/openapi.json' with { type: 'json' };
import { ContractRequest } from '../server/contract/contract-request.ts';
import { ContractRouter } from '../server/contract/contract-router.ts';
import { Contract } from '../server/contract/contract.ts';
import type { Exchange } from '../server/exchange/exchange.ts';
import { HEADERS, toScoringPath } from './contenders.ts';
import { makeForestTable } from './forest-deployment.ts';
import { median, printTable } from './report.ts';

const ROUNDS = 9;
const CALLS = 5_000;
const path = toScoringPath('forest');
const body = makeForestTable(1);
const headers = Object.fromEntries(Object.entries(HEADERS).map(([name, value]) => [name.toLowerCase(), value]));

/** The router as it comes, but for the list of operations. */
class ListingRouter extends OpenAPIRouter {
  #operations: Operation[] | undefined;

  override getOperations(): Operation[] {
    return (this.#operations ??= super.getOperations());
  }
}

const original = async () =>
  new OpenAPIBackend({ definition: structuredClone(openapi) as unknown as Document, quick: true, strict: true }).init();

async function withRouter(build: (definition: Document) => OpenAPIRouter): Promise<OpenAPIBackend> {
  const backend = await original();
  const { definition } = backend;
  backend.router = build(definition);
  backend.validator = new OpenAPIValidator({ definition, router: backend.router, lazyCompileValidators: true });
  return backend;
}

const toRequest = () => ({ method: 'POST', path, headers, body });
const toContractRequest = () => {
  const request = new ContractRequest({ request: { method: 'POST', headers } } as unknown as Exchange, path);
  request.requestBody = body;
  return request;
};

const contenders = {
  unmodified: { load: original, toRequest },
  '… operations listed once': { load: () => withRouter((definition) => new ListingRouter({ definition })), toRequest },
  '… patterns compiled once': { load: () => withRouter((definition) => new ContractRouter(definition)), toRequest },
  '… requests parsed once': {
    load: () => withRouter((definition) => new ContractRouter(definition)),
    toRequest: toContractRequest,
  },
  '… validators called directly: the engine': { load: () => new Contract().init(), toRequest: toContractRequest },
};

export async function benchDispatch(): Promise<object> {
  const runs: { name: string; run: () => Promise<unknown>; times: number[] }[] = [];
  for (const [name, { load, toRequest: make }] of Object.entries(contenders)) {
    const backend = await load();
    backend.registerSecurityHandler('BasicAuth', () => true);
    const fail = () => {
      throw new Error(`${name}: the request was not dispatched`);
    };
    backend.register({ notFound: fail, methodNotAllowed: fail, unauthorizedHandler: fail, validationFail: fail });
    backend.register({ listDeployments: fail, getDeployment: fail, scoreDeployment: () => 'scored' });
    runs.push({ name, run: () => backend.handleRequest(make()) as Promise<unknown>, times: [] });
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { run, times } of runs) {
      const time = await timeCalls(run);
      if (round > 0) times.push(time); // Code is compiled in the first one.
    }
  }
  const results = runs.map(({ name, times }) => ({ name, microseconds: median(times) }));
  printTable(
    `handleRequest of openapi-backend (medians of ${ROUNDS} rounds)`,
    ['openapi-backend', 'CPU time per request'],
    results.map(({ name, microseconds }) => [name, `${microseconds.toFixed(1)} µs`]),
  );
  return results;
}

/** The processor time of a call, in microseconds, which other work on the machine changes least. */
async function timeCalls(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}
