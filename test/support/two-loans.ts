/** Two loans in four columns of different types, and adapters of a deployment with these columns. */
import type { RemoteAdapter } from '../../remote/adapter.ts';
import type { RemoteSettings } from '../../remote/remote-settings.ts';
import type { UpstreamRequest } from '../../upstream/request-reply.ts';
import { listSettingProblems, tryAdapter, type Tried } from './try-adapter.ts';

/** The columns, one of each type, and an example, for toJson and toFile. */
export const LOAN_KEYS = {
  columns: [
    { name: 'income', type: 'double', nullable: true },
    { name: 'age', type: 'integer' },
    { name: 'job', type: 'string', categories: ['clerk', 'cook'] },
    { name: 'owner', type: 'boolean' },
  ],
  example: {
    fields: ['income', 'age', 'job', 'owner'],
    values: [[1.5, 30, 'cook', true]],
  },
};
export const LOAN_FIELDS = LOAN_KEYS.example.fields;
export const TWO_LOANS = [
  [1.5, 30, 'cook', true],
  [null, 41, 'a "job", or none', false],
];

export interface TriedLoans extends Tried {
  /** The request for rows of the columns; by default, for the two loans. */
  readonly writeLoans: (
    values?: readonly (readonly unknown[])[],
  ) => Promise<UpstreamRequest & { readonly body: string }>;
}

/** Builds an adapter for a deployment with the columns of the loans, unless the keys say otherwise. */
export function tryLoans<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: object,
  keys: object = {},
): TriedLoans {
  const tried = tryAdapter(adapter, settings, { ...LOAN_KEYS, ...keys });
  return { ...tried, writeLoans: (values = TWO_LOANS) => tried.toRequest({ fields: LOAN_FIELDS, values }) };
}

/** The problems of the settings of such a deployment. */
export function listLoanProblems<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: object,
  keys: object = {},
): Promise<readonly string[]> {
  return listSettingProblems(adapter, settings, { ...LOAN_KEYS, ...keys });
}
