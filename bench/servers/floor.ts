/**
 * The floor: the minimum that a Node server has to do. It reads a body, parses, scores and writes, without routing,
 * validation, security or a log. Arguments: a deployment's folder, a port.
 */
import { createServer } from 'node:http';
import type { RequestTable } from '../../models/table.ts';
import { loadPlainScoring } from './score-plainly.ts';

const [folder, port] = process.argv.slice(2) as [string, string];
const score = await loadPlainScoring(folder);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') {
      response.end();
      return;
    }
    void score(JSON.parse(Buffer.concat(chunks).toString()) as RequestTable).then((answer) => {
      const bytes = Buffer.from(JSON.stringify(answer));
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
      response.end(bytes);
    });
  });
});
server.listen(Number(port), '127.0.0.1');
