/** Names of headers that settings may give. */
import { z } from 'zod';

/** Those of the connection and of the body's length, which whoever sends a request writes; undici refuses to send some. */
const OF_THE_CONNECTION =
  /^(?:connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** The name of a header that is not one of the connection's own. */
export const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
  .refine((name) => !OF_THE_CONNECTION.test(name), 'a header that is not one of the connection itself');
