/** How the engine authenticates to an upstream: the setting `authentication`. Secrets are named by a variable or a file. */
import { z } from 'zod';
import { headerNameSchema } from '../header-name.ts';
import { plainUrlSchema } from '../plain-url.ts';
import { REGION } from '../region.ts';
import { secretSchema } from './secret-reference.ts';

const region = z.string().regex(REGION, 'the name of a region, such as eu-central-1');

export const authenticationSchema = z.discriminatedUnion('type', [
  /** RFC 6750. */
  z.strictObject({ type: z.literal('bearer'), token: secretSchema }),
  /** RFC 7617. */
  z.strictObject({ type: z.literal('basic'), username: z.string().regex(/^[^:\p{Cc}]+$/u), password: secretSchema }),
  /** A header of its own, such as X-API-Key. */
  z.strictObject({
    type: z.literal('header'),
    name: headerNameSchema,
    value: secretSchema,
  }),
  /** IBM Cloud IAM: an API key is exchanged for a token. */
  z.strictObject({ type: z.literal('iam'), api_key: secretSchema, url: plainUrlSchema.optional() }),
  /** RFC 6749, 4.4: client credentials, as Microsoft Entra and Databricks take them. */
  z.strictObject({
    type: z.literal('oauth2'),
    token_url: plainUrlSchema,
    client_id: z.string().min(1),
    client_secret: secretSchema,
    scope: z.string().optional(),
  }),
  /** A key file of a Google service account; without one, the account of the machine or pod. */
  z.strictObject({ type: z.literal('google'), key: secretSchema.optional(), scope: z.string().optional() }),
  /** Signature Version 4, with the credentials of the AWS default chain. */
  z.strictObject({ type: z.literal('aws'), region, service: z.string().default('sagemaker') }),
]);

export type AuthenticationSettings = z.infer<typeof authenticationSchema>;

/**
 * The problems of variables that are not set: a file may come later, and be rotated, but a variable never comes.
 * @param place where the settings stand
 */
export function listMissingVariables(settings: AuthenticationSettings, place: string): string[] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    const name = (value as Partial<Record<'variable', string>>).variable;
    if (name === undefined || process.env[name]) return [];
    return [`${place}.${key}.variable: expected a variable that is set; ${name} is not`];
  });
}
