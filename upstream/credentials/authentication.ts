/** The setting `authentication`: how the engine authenticates to an upstream. Secrets are in a variable or a file. */
import { z } from 'zod';
import { headerNameSchema } from '../header-name.ts';
import { plainUrlSchema } from '../plain-url.ts';
import { REGION } from '../region.ts';
import { secretSchema } from './secret-reference.ts';

const region = z.string().regex(REGION, 'the name of a region, such as eu-central-1');

/** RFC 6750: a token that somebody else renews. */
const bearer = z.strictObject({ type: z.literal('bearer'), token: secretSchema });
/** IBM Cloud IAM: exchanges an API key for a token. `url` is that of another IAM's token operation. */
const iam = z.strictObject({ type: z.literal('iam'), api_key: secretSchema, url: plainUrlSchema.optional() });
/** IBM's Multi-Cloud SaaS Platform, on which watsonx.governance runs on AWS: exchanges an API key for a token. */
const mcsp = z.strictObject({ type: z.literal('mcsp'), url: plainUrlSchema, api_key: secretSchema });
/** IBM Cloud Pak for Data: exchanges a user's password or API key for a token. */
const cpdUser = {
  type: z.literal('cpd'),
  username: z.string().min(1),
  password: secretSchema.optional(),
  api_key: secretSchema.optional(),
};
const hasOneSecret = ({ password, api_key }: { readonly password?: unknown; readonly api_key?: unknown }) =>
  (password === undefined) !== (api_key === undefined);
const ONE_SECRET = { error: 'either password or api_key' };

/** The ways to authenticate to what runs on IBM's platforms; the URL of a Cloud Pak for Data cluster is known from elsewhere. */
export const platformAuthenticationSchema = z.discriminatedUnion('type', [
  bearer,
  iam,
  mcsp,
  z.strictObject(cpdUser).refine(hasOneSecret, ONE_SECRET),
]);

/** All ways to authenticate. */
export const authenticationSchema = z.discriminatedUnion('type', [
  bearer,
  /** RFC 7617. */
  z.strictObject({ type: z.literal('basic'), username: z.string().regex(/^[^:\p{Cc}]+$/u), password: secretSchema }),
  /** A custom header, such as X-API-Key. */
  z.strictObject({
    type: z.literal('header'),
    name: headerNameSchema,
    value: secretSchema,
  }),
  iam,
  /** With the URL of the cluster. */
  z.strictObject({ ...cpdUser, url: plainUrlSchema }).refine(hasOneSecret, ONE_SECRET),
  mcsp,
  /** RFC 6749, 4.4: client credentials, for Microsoft Entra and Databricks. */
  z.strictObject({
    type: z.literal('oauth2'),
    token_url: plainUrlSchema,
    client_id: z.string().min(1),
    client_secret: secretSchema,
    scope: z.string().optional(),
  }),
  /** The key of a Google service account; without one, the account of the machine or pod. */
  z.strictObject({ type: z.literal('google'), key: secretSchema.optional(), scope: z.string().optional() }),
  /** Signature Version 4, with credentials from the AWS default chain. */
  z.strictObject({ type: z.literal('aws'), region, service: z.string().default('sagemaker') }),
]);

export type AuthenticationSettings = z.infer<typeof authenticationSchema>;

/**
 * Lists variables that are not set. Files are not checked: a file may appear later, a variable cannot.
 * @param place where the settings are
 */
export function listMissingVariables(settings: AuthenticationSettings, place: string): string[] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    const name = (value as Partial<Record<'variable', string>>).variable;
    if (name === undefined || process.env[name]) return [];
    return [`${place}.${key}.variable: expected a variable that is set; ${name} is not`];
  });
}
