import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the sample deployments that come with the package, wherever it is installed. */
export const SAMPLES = findSamples();

function findSamples(): string {
  // Compiled, this file is one folder deeper.
  const urls = ['../deployments', '../../deployments'].map((path) => new URL(path, import.meta.url));
  return fileURLToPath(urls.find((url) => existsSync(url)) ?? (urls[0] as URL));
}
