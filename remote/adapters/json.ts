/** Anything with a JSON interface: Ray Serve, BentoML, FastAPI. What is sent and what is read is written out in the settings. */
import { z } from 'zod';
import type { RemoteAdapter } from '../adapter.ts';
import { headerNameSchema } from '../../upstream/header-name.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';
import { buildTemplate, templateShape } from '../template.ts';

const path = z.string().regex(/^\/[^#\s]*$/, 'a path that begins with a slash');

/** Those that hold secrets, which stand in no file. */
const SECRET = /^(?:(?:proxy-)?authorization|cookie)$/i;
const headers = z.record(
  headerNameSchema.refine((name) => !SECRET.test(name), 'no header of a secret: settings.authentication is for it'),
  z.string().regex(/^[\x20-\x7e]*$/, 'a text of printable ASCII'),
);

const settingsSchema = z.strictObject({
  ...remoteSettingsSchema.shape,
  ...templateShape,
  /** Below the URL; the URL itself where there is none. */
  path: path.optional(),
  headers: headers.default({}),
  /** A path that answers 2xx while the model is ready. */
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
