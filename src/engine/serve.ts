import type { MessageConnection, RequestType } from 'vscode-jsonrpc';
import { throwIfCancelled, type Task } from '../task.ts';
import { describe } from './methods/describe.ts';
import { activationsOf } from './methods/activations.ts';
import { cardsOf } from './methods/cards.ts';
import { interveneOn } from './methods/intervene.ts';
import { predict } from './methods/predict.ts';
import { summariesOf } from './methods/summaries.ts';
import { traceToFile } from './methods/trace.ts';
import type { OpenModels } from './open-models.ts';
import type { EngineMethod } from './method.ts';
import {
  describeModel,
  dictionaryFolders,
  estimateImport,
  featureActivations,
  featureCards,
  featureSummaries,
  importModel,
  intervene,
  listModels,
  predictNext,
  publishedSetSize,
  shutDown,
  traceAttribution,
  type EngineErrorData,
  type ModelChoice,
  type WithProgress,
} from './protocol.ts';
import { failureOf } from './failure.ts';
import { taskOf } from './request-task.ts';
import { WorkQueue } from './work-queue.ts';

/** Answers every request of the protocol on `connection`. `log` gets what only developers need, such as stacks. */
export function serve(connection: MessageConnection, models: OpenModels, log: (text: string) => void): void {
  const queue = new WorkQueue();
  connection.onNotification(shutDown, () => {
    process.exit(0);
  });
  answer(describeModel, describe);
  answer(featureCards, cardsOf);
  answer(featureSummaries, summariesOf);
  answer(predictNext, queued(predict));
  answer(featureActivations, queued(activationsOf));
  answer(intervene, queued(interveneOn));
  answer(traceAttribution, queued(traceToFile));
  // What talks to the hub is loaded when it is asked for.
  answerAlone(listModels, async () => (await import('../import/known-models.ts')).knownModels());
  answerAlone(publishedSetSize, async (params, task) => (await imports()).sizeOfSet(params, task));
  answerAlone(dictionaryFolders, async (params, task) => (await imports()).foldersOf(params, task));
  answerAlone(estimateImport, async (params, task) => (await imports()).estimateOf(params, task));
  answerAlone(importModel, async (params, task) => (await imports()).importAll(params, task));

  function answer<Params extends ModelChoice, Result>(
    type: RequestType<WithProgress<Params>, Result, EngineErrorData>,
    method: EngineMethod<Params, Result>,
  ): void {
    connection.onRequest<WithProgress<Params>, unknown, EngineErrorData>(type, async (params, token) => {
      const task = taskOf(connection, params.progressToken, token);
      try {
        return await models.use(params, task, model => method(model, params, task));
      } catch (error) {
        return failureOf(error, log);
      }
    });
  }

  /** Requests that need no open model. */
  function answerAlone<Params, Result>(
    type: RequestType<WithProgress<Params>, Result, EngineErrorData>,
    method: (params: Params, task: Task) => Promise<Result>,
  ): void {
    connection.onRequest<WithProgress<Params>, unknown, EngineErrorData>(type, async (params, token) => {
      try {
        return await method(params, taskOf(connection, params.progressToken, token));
      } catch (error) {
        return failureOf(error, log);
      }
    });
  }

  /** One after the other: two at once would share the processor and need the memory of both. */
  function queued<Params, Result>(method: EngineMethod<Params, Result>): EngineMethod<Params, Result> {
    return (model, params, task) =>
      queue.run(() => {
        throwIfCancelled(task);
        return method(model, params, task);
      }, task.signal);
  }
}

function imports() {
  return import('./methods/import.ts');
}
