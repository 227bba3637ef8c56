/** The guarded paths beside the contract that the operator may open for everyone. */
export const OPEN_PATHS = ['/health/ready', '/metrics'] as const;

export type OpenPath = (typeof OPEN_PATHS)[number];
