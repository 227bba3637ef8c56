/** The rows to score, and where they come from. */
export interface Rows {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly origin: RowsOrigin;
  /** The features that the user's rows lack, which is why they are not used. */
  readonly lacking?: readonly string[];
}

type CellType = 'string' | 'integer' | 'long' | 'double' | 'boolean';

/** Rows given by the user, by column: the code that reads their file knows how to convert cells to a type. */
export interface GivenRows {
  readonly count: number;
  readonly columns: readonly {
    readonly name: string;
    /** The type of the cells; undefined if there are none, or of several types. */
    readonly type: CellType | undefined;
    readonly toCells: (type: CellType) => readonly unknown[];
  }[];
}

/**
 * `file`: given by the user. `example`: published by the engine. `schema`: generated from the published schema; a strict engine may
 * reject their categories. `contract`: the example of IBM's documentation, which few models accept.
 */
export type RowsOrigin = 'file' | 'example' | 'schema' | 'contract';

/** The origin of the rows, as reports describe it. */
const ORIGINS: Readonly<Record<RowsOrigin, string>> = {
  file: 'from --rows',
  example: 'from the example that discovery publishes',
  schema: 'generated from the published schema',
  contract: 'from the example of IBM’s documentation',
};

const MAX_LACKING = 5;

/** Where rows come from, and why not from the user's file if there is one. */
export function describeOrigin({ origin, lacking = [] }: Rows): string {
  if (lacking.length === 0) return ORIGINS[origin];
  const names = lacking.slice(0, MAX_LACKING).map((name) => JSON.stringify(name));
  return `${ORIGINS[origin]}, because those of --rows lack ${names.join(', ')}${lacking.length > MAX_LACKING ? ', …' : ''}`;
}

/** The example of IBM's documentation. */
export const CONTRACT_ROWS: Rows = {
  fields: ['name', 'age', 'position'],
  values: [
    ['john', 33, 'engineer'],
    ['mike', 23, 'student'],
  ],
  origin: 'contract',
};
