/** The names of regions at AWS and Google. They become parts of host names: one of anything else would lead elsewhere. */
export const REGION = /^[a-z]+(?:-[a-z0-9]+){1,4}$/;
