/** The contract as tests see it: every reply of every live test is held against it. */
import { expect } from 'chai';
import addFormats from 'ajv-formats';
import { OpenAPIBackend, type Document } from 'openapi-backend';
import openapi from '../../generated/openapi.json' with { type: 'json' };

/** A reply, however it was received. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const backend = new OpenAPIBackend({
  // openapi-backend replaces the references in the document that it is given.
  definition: structuredClone(openapi) as unknown as Document,
  quick: true,
  customizeAjv: (ajv) => {
    addFormats.default(ajv);
    return ajv;
  },
});
await backend.init();

/** What no reply may tell. */
const INTERNAL = /node_modules|\.[tj]s\b|at \w+ \(|\/home\/|\/tmp\//;

/** What is never a page: what programs ask for. */
const NO_PAGE = /^\/(?:v1|v2|health|metrics)(?=[/?]|$)/;
/** The media types of pages and their files. */
const PAGE_TYPE = /^(?:text\/(?:html|css|javascript|plain)|image\/)/;

/**
 * General truths of a reply: its status is declared for the operation, its body is what the contract says, it is JSON by its
 * content type, it carries the request's id, and an error's `trace` is that id. Paths outside the contract and failures of
 * HTTP itself have the error container, too; those of the Open Inference Protocol have its own.
 */
export function checkReply(method: string, path: string, { status, headers, text }: Reply): void {
  if (!NO_PAGE.test(path) && PAGE_TYPE.test(headers.get('content-type') ?? '')) return checkPageReply(status, headers);
  expect(headers.get('content-type'), 'content type').to.equal('application/json');
  const id = headers.get('x-request-id');
  expect(id, 'request id').to.match(/^[A-Za-z0-9._:-]{1,128}$/);
  if (method === 'HEAD') {
    expect(text, 'body of HEAD').to.equal('');
    return;
  }
  const body: unknown = JSON.parse(text);
  const operation = findOperation(method, path);
  if (operation) {
    expect(Object.keys(operation.responses ?? {}), `statuses of ${String(operation.operationId)}`).to.include(
      String(status),
    );
    const { errors } = backend.validateResponse(body, operation, status);
    expect(errors, `body of ${String(operation.operationId)} ${status}`).to.equal(null);
  }
  if (status >= 400 && /^\/v2(?=[/?]|$)/.test(path)) {
    // The probes of the Open Inference Protocol have no errors.
    if (!path.startsWith('/v2/health/'))
      expect(Object.keys(body as object), 'error of the protocol').to.deep.equal(['error']);
    expect(text, 'stack or path').to.not.match(INTERNAL);
  } else if (status >= 400 && !path.startsWith('/health/')) {
    const error = body as { trace: string; errors: { code: string; message: string }[] };
    expect(error.trace, 'trace').to.equal(id);
    expect(error.errors).to.have.length(1);
    expect(error.errors[0]?.code).to.match(/^[a-z_]+$/);
    expect(text, 'stack or path').to.not.match(INTERNAL);
  }
}

/** The operation of a request, or for a wrong method on a path of the contract the operation that the path has. */
function findOperation(method: string, path: string) {
  const at = (name: string) => {
    try {
      return backend.matchOperation({ method: name, path, headers: {} });
    } catch {
      return undefined;
    }
  };
  return [method, 'get', 'post', 'put', 'patch', 'delete'].map(at).find((operation) => operation !== undefined);
}

/** General truths of a reply with a page: no script and no other server has a part in it, and its type is what it says. */
function checkPageReply(status: number, headers: Headers): void {
  expect(status, 'status of a page').to.be.oneOf([200, 206, 302, 303, 304, 308, 401, 403, 429]);
  expect(headers.get('x-content-type-options')).to.equal('nosniff');
  if (!headers.get('content-type')?.startsWith('text/html')) return;
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy, 'policy of a page').to.include("default-src 'none'");
  expect(policy, 'policy of a page').to.not.match(/unsafe-eval|script-src[^;]*unsafe|https?:/);
}
