import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import openapi from '../../../generated/openapi.json' with { type: 'json' };
import { Admission } from '../../../server/admission.ts';
import { parseConfiguration } from '../../../server/configuration.ts';
import { Contract } from '../../../server/contract/contract.ts';
import { buildDispatch } from '../../../server/contract/dispatch.ts';
import { Exchange } from '../../../server/exchange/exchange.ts';
import { Guard } from '../../../server/access/guard.ts';
import { buildLog } from '../../../server/log/log.ts';

const CREDENTIALS = { Authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
const PATH = '/v1/deployments';

describe('a request, dispatched by the contract', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** Starts an engine without deployments whose contract is a changed copy of the engine's. */
  const start = async (change: (document: typeof openapi) => object, environment: Record<string, string> = {}) => {
    const contract = await new Contract({ ...openapi, ...change(structuredClone(openapi)) }).init();
    const configuration = parseConfiguration(environment);
    const deployments = { list: () => [], get: () => undefined };
    const admission = new Admission({ maxConcurrency: 1 });
    const guard = new Guard(configuration, buildLog('silent'));
    const dispatch = buildDispatch(contract, { deployments, admission, guard, threads: undefined, configuration });
    server = createServer((request, response) => {
      const exchange = new Exchange(request, response, () => undefined);
      dispatch(exchange, request.url as string).catch((failure: unknown) => exchange.sendError(failure));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      const { errors } = (await response.json()) as { errors?: { code: string; message: string }[] };
      return { status: response.status, error: errors?.[0] };
    };
    return { ask, admission };
  };

  const toStatuses = async (security: object[], environment: Record<string, string>) => {
    const securitySchemes = { ...openapi.components.securitySchemes, Other: { type: 'http', scheme: 'bearer' } };
    const components = { ...openapi.components, securitySchemes };
    const { ask } = await start(() => ({ security, components }), environment);
    return [(await ask(PATH)).status, (await ask(PATH, CREDENTIALS)).status];
  };
  const BASIC = { ENGINE_USERNAME: 'a', ENGINE_PASSWORD: 'b' };

  for (const [what, security, environment, statuses] of [
    ['everyone, if the contract requires nothing', [], BASIC, [200, 200]],
    ['everyone, if no credentials are configured', [{ BasicAuth: [] }], {}, [200, 200]],
    ['only with the credentials', [{ BasicAuth: [] }], BASIC, [401, 200]],
    ['with one of several alternatives', [{ Other: [] }, { BasicAuth: [] }], BASIC, [401, 200]],
    ['everyone, if one of the alternatives requires nothing', [{ BasicAuth: [] }, {}], BASIC, [200, 200]],
    ['no one with only a part of an alternative', [{ Other: [], BasicAuth: [] }], BASIC, [401, 401]],
    ['no one by a scheme that the engine does not know', [{ Other: [] }], BASIC, [401, 401]],
    ['no one by such a scheme, even if no credentials are configured', [{ Other: [] }], {}, [401, 401]],
  ] as [string, object[], Record<string, string>, number[]][]) {
    it(`is authorized: ${what}`, async () => {
      expect(await toStatuses(security, environment)).to.deep.equal(statuses);
    });
  }

  it('takes a slot even if the contract requires no authentication', async () => {
    const { ask, admission } = await start(() => ({ security: [] }));
    admission.enter('discovery');
    expect((await ask(PATH)).error?.code).to.equal('too_busy');
  });

  it('is rejected as unauthorized before it needs a slot, and when the engine stops', async () => {
    const { ask, admission } = await start(() => ({}), BASIC);
    expect((await ask(PATH, { Authorization: 'Basic no' })).status).to.equal(401);
    expect((await ask(PATH, CREDENTIALS)).status).to.equal(200);
    admission.enter('discovery');
    expect((await ask(PATH)).status).to.equal(401);
    expect((await ask(PATH, CREDENTIALS)).status).to.equal(503);
    admission.stop();
    expect((await ask(PATH)).status).to.equal(401);
    expect((await ask(PATH, CREDENTIALS)).error?.code).to.equal('stopping');
  });

  it('is rejected if its path parameters are invalid', async () => {
    const schema = { type: 'string', enum: ['iris'] };
    const { DeploymentId, ...others } = openapi.components.parameters;
    const parameters = { ...others, DeploymentId: { ...DeploymentId, schema } };
    const { ask } = await start(({ components }) => ({ components: { ...components, parameters } }));
    expect(await ask(`${PATH}/other`)).to.deep.equal({
      status: 400,
      error: {
        code: 'malformed_request',
        message: 'The path: expected parameters that match the contract.',
      },
    });
    expect((await ask(`${PATH}/iris`)).error?.code).to.equal('deployment_not_found');
  });
});
