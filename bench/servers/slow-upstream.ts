/** A slow upstream: it answers every row with the first class, two seconds after the request. Argument: a port. */
import { createServer } from 'node:http';

const DELAY = 2000;

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    if (request.method !== 'POST') {
      response.end();
      return;
    }
    const { values } = JSON.parse(body) as { values: unknown[] };
    setTimeout(() => {
      const bytes = Buffer.from(JSON.stringify(values.map(() => [1, 0])));
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
      response.end(bytes);
    }, DELAY);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
