/** The settings of a connection to OpenScale (watsonx.governance): where it is, and how the engine authenticates itself there. */
import { z } from 'zod';
import {
  platformAuthenticationSchema,
  type AuthenticationSettings,
} from '../../upstream/credentials/authentication.ts';
import { plainUrlSchema } from '../../upstream/plain-url.ts';

/** The service instance of Cloud Pak for Data, where there is only one by default (ibm-watson-openscale, get_instance_guid). */
const CPD_INSTANCE = '00000000-0000-0000-0000-000000000000';

/** IBM Cloud's regions, and the hosts of their APIs (ibm-watson-openscale, constants.py). */
const REGIONS = {
  'us-south': 'https://api.aiopenscale.cloud.ibm.com',
  'eu-de': 'https://eu-de.api.aiopenscale.cloud.ibm.com',
  'eu-gb': 'https://eu-gb.api.aiopenscale.cloud.ibm.com',
  'au-syd': 'https://au-syd.api.aiopenscale.cloud.ibm.com',
  'ca-tor': 'https://ca-tor.api.aiopenscale.cloud.ibm.com',
  'jp-tok': 'https://jp-tok.api.aiopenscale.cloud.ibm.com',
} as const;

/** The names of the regions. */
export const REGION_NAMES = Object.keys(REGIONS) as [keyof typeof REGIONS, ...(keyof typeof REGIONS)[]];

const milliseconds = (max: number) => z.int().min(1).max(max);

export const openScaleSettingsSchema = z
  .strictObject({
    /** The URL of the API; `/openscale/<instance>` at its end is understood. */
    url: plainUrlSchema.optional(),
    /** A region of IBM Cloud, in place of the URL. */
    region: z.enum(REGION_NAMES).optional(),
    /** The id of the service instance; by default the only one that the credentials are entitled to. */
    instance: z
      .string()
      .regex(/^[\w-]+$/, 'the id of a service instance')
      .optional(),
    authentication: platformAuthenticationSchema,
    /** A file of certificates (PEM), the only ones trusted for OpenScale. */
    ca_file: z.string().regex(/^\//, 'the absolute path of a file').optional(),
    /** How long one request may take, in milliseconds; with retries three times as long. */
    timeout: milliseconds(600_000).default(30_000),
    /** How long to wait between two looks at something that OpenScale is working on, in milliseconds. */
    poll_interval: milliseconds(60_000).default(1000),
    /** How long OpenScale may work on one thing, in milliseconds. */
    poll_timeout: milliseconds(3_600_000).default(300_000),
  })
  .refine(({ url, region }) => url === undefined || region === undefined, { error: 'either url or region' })
  .refine(({ url, authentication }) => url !== undefined || authentication.type === 'iam', {
    error: 'url, which only IBM Cloud can do without',
    path: ['url'],
  });

/** The space or project in which everything is. */
export const containerSchema = z.strictObject({
  type: z.enum(['space', 'project']),
  id: z.string().regex(/^[\w.-]+$/, 'an id'),
});

export type OpenScaleSettings = z.infer<typeof openScaleSettingsSchema>;

/** Where the API is: its base URL, and the service instance if it is known. */
export interface OpenScaleAddress {
  readonly url: string;
  readonly instance: string | undefined;
}

/** The address that the settings describe. */
export function toAddress({ url, region = 'us-south', instance, authentication }: OpenScaleSettings): OpenScaleAddress {
  const { origin, pathname } = new URL(url ?? REGIONS[region]);
  const [, base = '', pasted] = /^(.*?)(?:\/openscale(?:\/(?!v2\b)([\w-]+))?)?(?:\/v2)?\/*$/.exec(pathname) ?? [];
  const usual = authentication.type === 'cpd' ? CPD_INSTANCE : undefined;
  return { url: `${origin}${base}`, instance: instance ?? pasted ?? usual };
}

/** The authentication as upstreams have it. */
export function toAuthentication({ authentication }: OpenScaleSettings, url: string): AuthenticationSettings {
  return authentication.type === 'cpd' ? { ...authentication, url } : authentication;
}
