import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { OpenAPIBackend, type Document, type Request } from 'openapi-backend';
import openapi from '../../../generated/openapi.json' with { type: 'json' };
import { ContractRequest } from '../../../server/contract/contract-request.ts';
import { Contract } from '../../../server/contract/contract.ts';
import { Exchange } from '../../../server/exchange/exchange.ts';

/** A contract whose paths overlap and contain characters with a meaning in patterns. */
const OVERLAPPING = toContract({
  '/pets': ['get', 'post'],
  '/pets/mine': ['get'],
  '/pets/{id}': ['get', 'delete'],
  '/pets/{id}/toys/{toy}': ['put'],
  '/files/{name}.json': ['get'],
  '/files/{name}': ['get', 'post'],
  '/a+b/(c)': ['get'],
  '/braces/{a}': ['get'],
  '/braces/{b}}': ['get'],
});

const SEGMENTS = [
  'pets',
  'mine',
  'toys',
  'files',
  'a.json',
  'ajson',
  '.json',
  'a+b',
  'aab',
  '(c)',
  'c',
  '',
  '%61',
  '%2F',
  'é',
  '{a}',
  'braces',
  '\u00a0',
];
const CONTRACT_SEGMENTS = [
  'v1',
  'deployments',
  'online',
  'iris',
  'V1',
  '%6fnline',
  '',
  'a%20b',
  '..',
  '{deployment_id}',
  ' ',
];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE'];

function toContract(paths: Readonly<Record<string, readonly string[]>>) {
  const toOperations = ([path, methods]: [string, readonly string[]]) => [
    path,
    Object.fromEntries(methods.map((method) => [method, { operationId: `${method} ${path}`, responses: {} }])),
  ];
  const entries = Object.entries(paths).map(toOperations) as [string, object][];
  return { openapi: '3.0.0', info: { title: '', version: '' }, paths: Object.fromEntries(entries) };
}

/** An unmodified openapi-backend for the same document. */
async function loadOriginal(document: object): Promise<OpenAPIBackend> {
  const definition = structuredClone(document) as Document;
  const customizeAjv = (ajv: Parameters<typeof addFormats.default>[0]) => addFormats.default(ajv);
  return new OpenAPIBackend({ definition, quick: true, customizeAjv }).init();
}

/** A request in the form that the engine passes to openapi-backend. */
function toOurs({ method, path, headers }: Request): ContractRequest {
  const message = new IncomingMessage(new Socket());
  message.method = method;
  Object.assign(message.headers, headers);
  return new ContractRequest(new Exchange(message, new ServerResponse(message), () => undefined), path);
}

/** The operation and parameters of a request; otherwise the status of the failure. */
function route({ router }: OpenAPIBackend, request: Request) {
  try {
    const operation = router.matchOperation(request, true);
    return { id: operation.operationId, params: router.parseRequest(request, operation).params as object };
  } catch (error) {
    return (error as Error).message.slice(0, 3);
  }
}

describe('a contract', () => {
  for (const [name, document, segments] of [
    ['the contract', openapi, CONTRACT_SEGMENTS],
    ['a contract whose paths overlap', OVERLAPPING, SEGMENTS],
  ] as const) {
    it(`routes any method and path as an unmodified openapi-backend does: ${name}`, async () => {
      const original = await loadOriginal(document);
      const contract = await new Contract(document).init();
      expect(contract.getOperations()).to.deep.equal(original.getOperations());
      for (const { operationId } of original.getOperations())
        expect(contract.getOperation(operationId as string)).to.deep.equal(
          original.getOperation(operationId as string),
        );
      expect(contract.getOperation('nothing')).to.equal(undefined);

      const segment = fc.constantFrom(...segments);
      const any = fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
      const alike = fc
        .tuple(fc.constantFrom(...original.getOperations()), segment, fc.constantFrom('', '/', '//'))
        .map(([{ path }, value, end]) => path.replace(/\{[^}]+\}/g, () => value) + end);
      const methods = fc.constantFrom(...METHODS);
      const outcomes = new Map<string, number>();
      fc.assert(
        fc.property(methods, fc.oneof(any, alike), (method, path) => {
          const request = { method, path, headers: {} };
          const expected = route(original, method === 'HEAD' ? { ...request, method: 'GET' } : request);
          expect(route(contract, toOurs(request))).to.deep.equal(expected);
          const outcome = typeof expected === 'string' ? expected : 'found';
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

          const takes = (other: string) => original.matchOperation({ ...request, method: other }) !== undefined;
          const allowed = METHODS.filter((other) => takes(other === 'HEAD' ? 'GET' : other));
          expect(contract.router.listMethods(path)).to.have.members(allowed);
        }),
        { seed: 1, numRuns: 2_000 },
      );
      for (const outcome of ['found', '404', '405']) expect(outcomes.get(outcome), outcome).to.be.greaterThan(100);
    });

    it(`routes and parses plain requests as an unmodified openapi-backend does: ${name}`, async () => {
      const original = await loadOriginal(document);
      const contract = await new Contract(document).init();
      for (const { method, path } of original.getOperations()) {
        const filled = path.replace(/\{[^}]+\}/g, 'a%20b').slice(1);
        const request = { method: ` ${method.toUpperCase()} `, path: `${filled}?c=d`, headers: { Cookie: 'e=f' } };
        const operation = contract.matchOperation(request);
        expect(operation).to.deep.equal(original.matchOperation(request));
        const parse = (backend: OpenAPIBackend) => backend.router.parseRequest(request, operation);
        expect(parse(contract)).to.deep.equal(parse(original));
      }
      expect(contract.matchOperation({ method: 'get', path: '/nothing', headers: {} })).to.equal(undefined);
    });
  }

  it('routes a path of a million slashes in linear time', async () => {
    const { router } = await new Contract(OVERLAPPING).init();
    const match = (path: string) => router.matchOperation(toOurs({ method: 'GET', path, headers: {} }));
    expect(match(`/pets/b${'/'.repeat(1_000_000)}`)).to.have.property('path', '/pets/{id}');
    expect(match(`/pets${'/'.repeat(1_000_000)}b`)).to.equal(undefined);
  });

  it('validates any parameters and body as an unmodified openapi-backend does', async () => {
    const document = structuredClone(openapi) as unknown as { components: { parameters: object } };
    const parameter = { name: 'deployment_id', in: 'path', required: true, schema: { type: 'integer', maximum: 9 } };
    document.components.parameters = { ...document.components.parameters, DeploymentId: parameter };
    const original = await loadOriginal(document);
    const contract = await new Contract(document).init();
    const fields = fc.oneof(fc.array(fc.constantFrom('a', 'b', ''), { maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }));
    const cells = fc.array(fc.array(fc.constantFrom(1, 'a', null)));
    const values = fc.oneof(cells, fc.jsonValue({ maxDepth: 1 }));
    const table = fc.record({ fields, values, meta: fc.jsonValue({ maxDepth: 1 }) }, { requiredKeys: [] });
    const valid = fc.record({ fields: fc.uniqueArray(fc.constantFrom('a', 'b'), { minLength: 1 }), values: cells });
    const envelope = fc.record({ input_data: fc.array(table, { maxLength: 2 }) });
    const outcomes = { valid: 0, header: 0, body: 0, path: 0, both: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom('5', '10', 'a'),
        fc.oneof(table, valid, envelope, fc.jsonValue({ maxDepth: 2 })),
        fc.constantFrom('online', 'predictions'),
        fc.constantFrom({}, { 'x-scoring-id': 'a' }, { 'x-scoring-id': '/', 'x-user-id': 'b' }),
        (id, body, last, own) => {
          const headers = { 'content-type': 'application/json', ...own };
          const request = { method: 'POST', path: `/v1/deployments/${id}/${last}`, headers };
          const expected = original.validateRequest({ ...request, body: JSON.stringify(body) });
          const ours = toOurs(request);
          const operation = contract.matchOperation(ours);
          contract.router.parseRequest(ours, operation);
          ours.requestBody = body;
          const { valid, errors } = contract.validateRequest(ours, operation);
          expect(valid).to.equal(expected.valid);
          expect(errors).to.deep.equal(expected.errors);
          const isPath = errors?.some(({ instancePath }) => instancePath.startsWith('/path'));
          const isBody = errors?.some(({ instancePath }) => instancePath.startsWith('/requestBody'));
          const isHeader = errors?.some(({ instancePath }) => instancePath.startsWith('/header'));
          const part = isHeader ? 'header' : isBody ? 'body' : 'valid';
          outcomes[isPath ? (isBody ? 'both' : 'path') : part] += 1;
        },
      ),
      { seed: 1, numRuns: 2_000 },
    );
    for (const [outcome, count] of Object.entries(outcomes)) expect(count, outcome).to.be.greaterThan(100);
  });

  it('leaves a long body to the thread that handles it', async () => {
    const contract = await new Contract().init();
    const request = toOurs({ method: 'POST', path: '/v1/deployments/iris/online', headers: {} });
    const operation = contract.matchOperation(request);
    contract.router.parseRequest(request, operation);
    expect(contract.validateRequest(request, operation).valid).to.equal(false);
    request.longBody = { bytes: Buffer.of(), deployment: undefined };
    expect(contract.validateRequest(request, operation).valid).to.equal(true);
    expect(contract.validator.bodySchemas).to.include.keys('scoreDeployment').and.not.include.keys('getDeployment');
  });
});
