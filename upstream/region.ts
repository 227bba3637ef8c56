/** The names of regions at AWS and Google. They become part of a host name, so anything else could lead to another host. */
export const REGION = /^[a-z]+(?:-[a-z0-9]+){1,4}$/;
