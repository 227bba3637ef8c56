import { InvalidArgumentError } from 'commander';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';

/** The id of a deployment, as an argument or option gives it. */
export function parseId(text: string): string {
  if (DEPLOYMENT_ID.test(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits, ., _ and -, first a letter or digit.');
}
