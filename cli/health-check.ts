/**
 * The health check of a container: exits with 0 if the engine that the environment describes is ready. It imports nothing of the engine, so
 * that it takes no longer than Node itself; a certificate is not verified, because the engine is on this machine.
 */
import { get as getPlainly } from 'node:http';
import { get as getSecurely } from 'node:https';

const { ENGINE_HOST, ENGINE_PORT = '', ENGINE_TLS_CERT } = process.env;
const everywhere: Readonly<Record<string, string>> = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };
const host = everywhere[ENGINE_HOST ?? ''] ?? ENGINE_HOST;
const options = { host, port: ENGINE_PORT === '' ? 8080 : ENGINE_PORT, path: '/health/ready', timeout: 5000 };
const end = (isReady: boolean) => process.exit(isReady ? 0 : 1);
const sent = ENGINE_TLS_CERT
  ? getSecurely({ ...options, rejectUnauthorized: false }, ({ statusCode }) => end(statusCode === 200))
  : getPlainly(options, ({ statusCode }) => end(statusCode === 200));
sent.once('timeout', () => end(false));
sent.once('error', () => end(false));
