/**
 * The plain stack: the same contract with the libraries used as in their documentation. express.json reads the body,
 * openapi-backend routes, authenticates and validates every request, Express writes the reply. Arguments: a deployment's
 * folder, a port, a user name, a password.
 */
import addFormats from 'ajv-formats';
import { parse } from 'basic-auth';
import express, { type Request, type Response } from 'express';
import { OpenAPIBackend, type Context, type Document, type Request as BackendRequest } from 'openapi-backend';
import openapi from '../../generated/openapi.json' with { type: 'json' };
import type { RequestTable } from '../../models/table.ts';
import { loadPlainScoring } from './score-plainly.ts';

const [folder, port, username, password] = process.argv.slice(2) as [string, string, string, string];
const score = await loadPlainScoring(folder);

const backend = new OpenAPIBackend({
  definition: openapi as unknown as Document,
  customizeAjv: (ajv) => {
    addFormats.default(ajv);
    return ajv;
  },
  securityHandlers: {
    BasicAuth: (_context: Context, request: Request) => {
      const sent = parse(request.headers.authorization ?? '');
      return sent?.name === username && sent.pass === password;
    },
  },
  handlers: {
    scoreDeployment: async (context: Context, _request: Request, response: Response) => {
      response.status(200).json(await score(context.request.requestBody as RequestTable));
    },
    unauthorizedHandler: (_context: Context, _request: Request, response: Response) => response.sendStatus(401),
    validationFail: ({ validation }: Context, _request: Request, response: Response) =>
      response.status(400).json({ errors: validation.errors }),
    notFound: (_context: Context, _request: Request, response: Response) => response.sendStatus(404),
    methodNotAllowed: (_context: Context, _request: Request, response: Response) => response.sendStatus(405),
    notImplemented: (_context: Context, _request: Request, response: Response) => response.sendStatus(501),
  },
});
await backend.init();

const application = express();
application.get('/health/ready', (_request, response) => void response.sendStatus(200));
application.use(express.json({ limit: '32mb' }));
application.use((request, response) => backend.handleRequest(request as BackendRequest, request, response));
application.listen(Number(port), '127.0.0.1');
