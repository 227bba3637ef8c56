/** A thread whose training never ends: in the phase that the options name as their command, it says so and loops. */
import { workerData } from 'node:worker_threads';
import { answerTraining } from '../../training/answer-training.ts';
import type { LearnedModel } from '../../training/learned-model.ts';
import type { ThreadTask } from '../../training/train-in-thread.ts';

const { options } = workerData as ThreadTask;

await answerTraining(
  (send) => {
    const enter = (phase: string) => {
      if (options.command !== phase) return;
      send(phase);
      if (phase === 'out of memory') new ArrayBuffer(2 ** 46);
      for (;;);
    };
    const file = {
      name: 'model.json',
      pieces: {
        *[Symbol.iterator]() {
          enter('writing');
          yield '';
        },
      },
    };
    const model: LearnedModel = {
      kind: 'random-forest',
      files: [file],
      columns: [],
      settings: {},
      hyperparameters: {},
    };
    const learn = () => {
      enter('learning');
      enter('out of memory');
      return model;
    };
    return { onPlan: () => enter('planning'), learn };
  },
  () => undefined,
);
