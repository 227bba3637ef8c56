/** The rows that are scored, and where they come from. */
export interface Rows {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly origin: RowsOrigin;
}

type CellType = 'string' | 'integer' | 'long' | 'double' | 'boolean';

/** Rows that the user gives, column by column: whoever read their file knows how a cell becomes one of a type. */
export interface GivenRows {
  readonly count: number;
  readonly columns: readonly {
    readonly name: string;
    /** What the cells look like; undefined where there are none, or of several types. */
    readonly type: CellType | undefined;
    readonly toCells: (type: CellType) => readonly unknown[];
  }[];
}

/**
 * `file`: the user's. `example`: published by the engine. `schema`: generated from the published schema, which tells no
 * categories, so that a strict engine may refuse them. `contract`: the example of IBM's documentation, a shot in the dark.
 */
export type RowsOrigin = 'file' | 'example' | 'schema' | 'contract';

/** Where the rows of a report come from, for people. */
export const ORIGINS: Readonly<Record<RowsOrigin, string>> = {
  file: 'from --rows',
  example: 'from the example that discovery publishes',
  schema: 'made up from the published schema',
  contract: 'from the example of IBM’s documentation',
};

/** The example of IBM's documentation: two persons and what they do. */
export const CONTRACT_ROWS: Rows = {
  fields: ['name', 'age', 'position'],
  values: [
    ['john', 33, 'engineer'],
    ['mike', 23, 'student'],
  ],
  origin: 'contract',
};
