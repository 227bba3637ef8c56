/** Anything with a JSON interface: Ray Serve, BentoML, FastAPI. The settings describe requests and replies. */
import { z } from 'zod';
import { recordOf } from '../../models/list-of.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { headerNameSchema } from '../../upstream/header-name.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';
import { buildTemplate, templateShape } from '../template.ts';

const path = z.string().regex(/^\/[^#\s]*$/, 'a path that begins with a slash');

/** Headers that carry secrets, which must not be in a file. */
const SECRET = /^(?:(?:proxy-)?authorization|cookie)$/i;
const headers = recordOf(
  headerNameSchema.refine(
    (name) => !SECRET.test(name),
    'a header without secrets; settings.authentication is for secrets',
  ),
  z.string().regex(/^[\x20-\x7e]*$/, 'printable ASCII text'),
);

const settingsSchema = z.strictObject({
  ...remoteSettingsSchema.shape,
  ...templateShape,
  /** Appended to the URL. */
  path: path.optional(),
  headers: headers.default({}),
  /** A path that answers GET with 2xx while the model is ready. */
  ready_path: path.optional(),
});

type JsonSettings = z.infer<typeof settingsSchema>;

/** The adapter `json`. */
export const json: RemoteAdapter<JsonSettings> = {
  settings: settingsSchema,
  build: (file, settings) => {
    const { toBody, readJson } = buildTemplate(file, settings);
    return {
      readyPath: settings.ready_path,
      toRequest: async (table) => ({
        path: settings.path ?? '',
        headers: Object.fromEntries(
          Object.entries(settings.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: await toBody(table),
      }),
      toAnswer: (reply, rowCount) => readJson(reply.json(), rowCount),
    };
  },
};
