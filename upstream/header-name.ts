/** Header names that settings may use. */
import { z } from 'zod';

/** Headers of the connection and of the body's length, which the HTTP client sets; undici refuses to send some of them. */
const CONNECTION_HEADER =
  /^(?:connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** The name of a header, except those that belong to the connection. */
export const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
  .refine((name) => !CONNECTION_HEADER.test(name), 'a header that the HTTP connection does not set itself');
