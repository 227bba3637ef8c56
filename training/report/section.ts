import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { TrainingResult } from '../training-result.ts';

/** What a report is made from. */
export interface ReportInput {
  readonly file: DeploymentFile;
  readonly result: Omit<TrainingResult, 'folder'>;
  readonly command: string;
}

/** A part of a report, with its heading. */
export interface Section {
  /** Its anchor. */
  readonly id: string;
  readonly title: string;
  readonly html: string;
  /** `alert` and `warning` stand out. */
  readonly look?: 'alert' | 'warning';
}
