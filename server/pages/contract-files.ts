/** The contract to download, with the URL of this engine: as OpenAPI 3, which everything is generated from, and as Swagger 2.0. */
import openapi from '../../generated/openapi.json' with { type: 'json' };
import swagger from '../../generated/swagger.json' with { type: 'json' };
import { toServedFile, type ServedFile } from '../static/send-file.ts';

/** Gives a file of the contract for the base URL of an engine. */
export const CONTRACT_FILES: Readonly<Record<string, (baseUrl: string) => ServedFile>> = {
  '/openapi.json': (baseUrl) => toJsonFile({ ...openapi, servers: [{ url: baseUrl }] }),
  '/swagger.json': (baseUrl) => {
    const { host, pathname, protocol } = new URL(baseUrl);
    return toJsonFile({ ...swagger, host, basePath: pathname, schemes: [protocol.slice(0, -1)] });
  },
};

function toJsonFile(document: object): ServedFile {
  return toServedFile('application/json', Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
}
